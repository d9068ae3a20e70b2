package io.tollgate.ingest.proxy.netty;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.timeout.IdleStateEvent;
import io.tollgate.ingest.proxy.TargetClient.Reached;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Waits for the answer to the one call that a connection carries at a time.
final class AnswerHandler extends SimpleChannelInboundHandler<FullHttpResponse> {
    private volatile @Nullable CompletableFuture<Reached> expected;
    private volatile boolean used;
    private volatile boolean keepsAlive;
    private final AnswerRoom room;

    AnswerHandler(AnswerRoom room) {
        this.room = room;
    }

    /// The answer to the call that is sent next.
    ///
    /// @param bodyless whether it has no body, whatever length it announces
    CompletableFuture<Reached> expect(boolean bodyless) {
        CompletableFuture<Reached> answer = new CompletableFuture<>();
        room.expect(bodyless);
        expected = answer;
        used = true;
        return answer;
    }

    /// Whether a call was sent already.
    boolean used() {
        return used;
    }

    /// Whether the last answer left the connection open.
    boolean keepsAlive() {
        return keepsAlive;
    }

    void broken(Throwable cause) {
        CompletableFuture<Reached> waiting = expected;
        if (waiting != null) {
            waiting.completeExceptionally(cause);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
        if (response.decoderResult().isFailure()) {
            // What is broken comes as if it were whole, and nothing can be read after it.
            exceptionCaught(context, response.decoderResult().cause());
            return;
        }
        if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            // The answer is still to come on this connection: taking this one for it would hand the answer to the next
            // call. To another protocol nobody has agreed.
            if (response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                broken(new IllegalStateException("the target changed the protocol"));
                context.close();
            }
            return;
        }
        CompletableFuture<Reached> waiting = expected;
        expected = null;
        keepsAlive = HttpUtil.isKeepAlive(response);
        if (waiting == null) {
            context.close();
            return;
        }
        Map<String, String> headers = new TreeMap<>();
        response.headers()
                .forEach(header -> headers.merge(
                        header.getKey().toLowerCase(Locale.ROOT),
                        header.getValue(),
                        (one, other) -> one + ", " + other));
        waiting.complete(new Reached.Answered(
                response.status().code(), headers, ByteBufUtil.getBytes(response.content()), room.handOver()));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        CompletableFuture<Reached> waiting = expected;
        if (waiting != null && cause instanceof TooLongFrameException) {
            waiting.complete(new Reached.TooLarge());
        } else if (waiting != null && cause instanceof AnswerRoom.NoneLeft) {
            waiting.complete(new Reached.Overloaded());
        }
        broken(cause);
        context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        broken(new ClosedChannelException());
        context.fireChannelInactive();
    }

    /// A connection that waits for a call is let go; one that waits for an answer has the call's own time-out.
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent && expected == null) {
            context.close();
        } else {
            context.fireUserEventTriggered(event);
        }
    }
}
