package io.tollgate.ingest.proxy.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.pool.FixedChannelPool;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import io.tollgate.ingest.proxy.TargetClient.Reached;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One call from request to answer, with the attempts that it takes. Lives on one event loop, on which its connections
/// are too.
final class TargetCall {
    private static final Logger LOG = LoggerFactory.getLogger(TargetCall.class);

    /// A target that is started anew has closed every connection to it.
    private static final int ATTEMPTS_MAX = 3;

    /// A call that may be made twice if a connection that was kept open turns out to be closed.
    private static final Set<String> REPEATABLE = Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE");

    private final EventLoop loop;
    private final URI target;
    private final String method;
    private final Map<String, String> headers;
    private final Optional<byte[]> body;
    private final long deadline;
    private final CompletableFuture<Reached> result;
    /// What the connection in use owes; null while there is none.
    private @Nullable CompletableFuture<Reached> owed;

    /// @param deadline in [System#nanoTime()]
    /// @param result where the outcome goes
    TargetCall(
            EventLoop loop,
            URI target,
            String method,
            Map<String, String> headers,
            Optional<byte[]> body,
            long deadline,
            CompletableFuture<Reached> result) {
        this.loop = loop;
        this.target = target;
        this.method = method;
        this.headers = headers;
        this.body = body;
        this.deadline = deadline;
        this.result = result;
    }

    /// Lets the call end in time whatever it waits for, from now on.
    void limitTime() {
        Future<?> timer = loop.schedule(this::timeOut, Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        result.whenComplete((reached, failure) -> timer.cancel(false));
    }

    /// On the event loop.
    ///
    /// @param pool of connections of this event loop to the target
    void start(Supplier<FixedChannelPool> pool) {
        if (!result.isDone()) {
            attempt(1, pool);
        }
    }

    private void timeOut() {
        if (owed != null) {
            owed.complete(new Reached.TimedOut());
        } else {
            result.complete(new Reached.TimedOut());
        }
    }

    private void attempt(int number, Supplier<FixedChannelPool> pool) {
        FullHttpRequest request;
        try {
            request = request();
        } catch (IllegalArgumentException e) {
            // Before a connection is taken, which would otherwise never be given back.
            result.complete(new Reached.Failed("a header cannot be sent"));
            return;
        }
        FixedChannelPool connections = pool.get();
        connections.acquire().addListener((Future<Channel> acquired) -> {
            if (!acquired.isSuccess()) {
                LOG.debug("no connection to {}", target.getAuthority(), acquired.cause());
                result.complete(new Reached.Failed("it cannot be connected to"));
            } else if (result.isDone()) {
                connections.release(acquired.getNow());
            } else {
                exchange(number, request, pool, connections, acquired.getNow());
            }
        });
    }

    private void exchange(
            int attempt,
            FullHttpRequest request,
            Supplier<FixedChannelPool> pool,
            FixedChannelPool connections,
            Channel channel) {
        AnswerHandler handler = channel.pipeline().get(AnswerHandler.class);
        if (handler == null) {
            // Closed by the target since it was looked at: what is closed has no handlers left.
            connections.release(channel);
            broken(attempt, pool, true);
            return;
        }
        boolean reused = handler.used();
        CompletableFuture<Reached> answer = handler.expect(method.equals("HEAD"));
        owed = answer;
        answer.whenComplete((reached, failure) -> {
            owed = null;
            if (!(reached instanceof Reached.Answered) || !handler.keepsAlive()) {
                channel.close();
            }
            connections.release(channel);
            if (failure == null) {
                if (!result.complete(reached) && reached instanceof Reached.Answered late) {
                    late.room().release();
                }
            } else {
                LOG.debug("call to {} failed", target.getAuthority(), failure);
                broken(attempt, pool, reused);
            }
        });
        channel.writeAndFlush(request).addListener(written -> {
            if (!written.isSuccess()) {
                handler.broken(written.cause());
            }
        });
    }

    /// @param reused whether the target may just have closed a connection that was kept open
    private void broken(int attempt, Supplier<FixedChannelPool> pool, boolean reused) {
        if (reused && attempt < ATTEMPTS_MAX && REPEATABLE.contains(method)) {
            attempt(attempt + 1, pool);
        } else {
            result.complete(new Reached.Failed("the connection broke"));
        }
    }

    private FullHttpRequest request() {
        String path = target.getRawPath() == null || target.getRawPath().isEmpty() ? "/" : target.getRawPath();
        String query = target.getRawQuery() == null ? "" : "?" + target.getRawQuery();
        ByteBuf content = body.map(Unpooled::wrappedBuffer).orElse(Unpooled.EMPTY_BUFFER);
        FullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), path + query, content);
        headers.forEach((name, value) -> request.headers().set(name, value));
        request.headers()
                .set(
                        HttpHeaderNames.HOST,
                        target.getPort() >= 0 ? target.getHost() + ":" + target.getPort() : target.getHost());
        if (body.isPresent() || !REPEATABLE.contains(method)) {
            request.headers().set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
        }
        return request;
    }
}
