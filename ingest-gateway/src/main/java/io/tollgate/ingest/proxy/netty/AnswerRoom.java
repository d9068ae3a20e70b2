package io.tollgate.ingest.proxy.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.util.ReferenceCountUtil;
import io.tollgate.ingest.capacity.InFlightBytes;
import io.tollgate.ingest.proxy.TargetClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Takes room for the bytes of an answer as they arrive: customers choose their targets, and the targets what they
/// answer. Lives on the event loop of its connection.
final class AnswerRoom extends ChannelInboundHandlerAdapter {
    /// There is no room for what has arrived.
    static final class NoneLeft extends Exception {
        private static final long serialVersionUID = 1;

        NoneLeft() {
            super("the answers under way leave no room", null, false, false);
        }
    }

    private final InFlightBytes answers;
    private List<InFlightBytes.Reservation> taken = new ArrayList<>();
    private boolean bodyless;

    AnswerRoom(InFlightBytes answers) {
        this.answers = answers;
    }

    /// Puts an answer together, no larger than may be handed on. That to a HEAD announces a length and has none.
    HttpObjectAggregator aggregator() {
        return new HttpObjectAggregator(TargetClient.ANSWER_BYTES_MAX) {
            @Override
            protected boolean isContentLengthInvalid(HttpMessage start, int maxContentLength) {
                return !bodyless && super.isContentLengthInvalid(start, maxContentLength);
            }
        };
    }

    void expect(boolean withoutBody) {
        bodyless = withoutBody;
    }

    /// What the answer has taken; from now on it is its reader's to give back.
    TargetClient.Room handOver() {
        List<InFlightBytes.Reservation> handed = taken;
        taken = new ArrayList<>();
        return () -> handed.forEach(InFlightBytes.Reservation::release);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpContent content && content.content().isReadable()) {
            Optional<InFlightBytes.Reservation> reservation =
                    answers.reserve(content.content().readableBytes());
            if (reservation.isEmpty()) {
                ReferenceCountUtil.release(message);
                context.fireExceptionCaught(new NoneLeft());
                return;
            }
            taken.add(reservation.get());
        }
        context.fireChannelRead(message);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        handOver().release();
    }
}
