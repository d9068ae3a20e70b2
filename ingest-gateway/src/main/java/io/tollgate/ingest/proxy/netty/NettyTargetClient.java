package io.tollgate.ingest.proxy.netty;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.pool.AbstractChannelPoolHandler;
import io.netty.channel.pool.ChannelHealthChecker;
import io.netty.channel.pool.FixedChannelPool;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.Future;
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.contract.outbound.TargetVerdict;
import io.tollgate.ingest.proxy.TargetClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps connections to targets open between calls, one pool per place and address. The caller's thread resolves and
/// waits; event loops carry bytes.
public final class NettyTargetClient implements TargetClient, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NettyTargetClient.class);

    /// Connections to one address at a time; more calls wait for one.
    private static final int CONNECTIONS_MAX = 256;

    /// Calls that wait for a connection to one address; beyond it a call fails at once.
    private static final int WAITING_MAX = 2_048;

    /// Addresses with open connections; the one used longest ago is let go.
    private static final int PLACES_MAX = 1_000;

    private static final int CONNECT_MS = 5_000;
    private static final int IDLE_SECONDS = 30;
    /// A target that is started anew has closed every connection to it.
    private static final int ATTEMPTS_MAX = 3;

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final Duration CLOSE_MAX = Duration.ofSeconds(2);

    /// A call that may be made twice if a connection that was kept open turns out to be closed.
    private static final Set<String> REPEATABLE = Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE");

    private record Place(String host, InetSocketAddress address, boolean tls) {}

    private final OutboundTargets targets;
    private final EventLoopGroup loops;
    private final SslContext tls;
    private final LoadingCache<Place, FixedChannelPool> pools = Caffeine.newBuilder()
            .maximumSize(PLACES_MAX)
            .removalListener((@Nullable Place place, @Nullable FixedChannelPool pool, RemovalCause cause) -> {
                if (pool != null) {
                    pool.closeAsync();
                }
            })
            .build(this::pool);

    /// @param targets which places may be reached
    /// @param threads of the event loops
    public NettyTargetClient(OutboundTargets targets, int threads) {
        this.targets = targets;
        this.loops = new MultiThreadIoEventLoopGroup(threads, NioIoHandler.newFactory());
        try {
            this.tls = SslContextBuilder.forClient()
                    .endpointIdentificationAlgorithm("HTTPS")
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException("this Java platform has no TLS", e);
        }
    }

    @Override
    public boolean listed(URI target) {
        return targets.lists(target);
    }

    @Override
    public Reached send(
            URI target, String method, Map<String, String> headers, Optional<byte[]> body, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        TargetVerdict verdict = targets.check(target);
        if (verdict instanceof TargetVerdict.Refused refused) {
            return new Reached.Forbidden(refused.why());
        }
        InetAddress address;
        try {
            address = InetAddress.getByName(target.getHost());
        } catch (UnknownHostException e) {
            return new Reached.Failed("its name cannot be resolved");
        }
        if (targets.check(target, address) instanceof TargetVerdict.Refused refused) {
            return new Reached.Forbidden(refused.why());
        }
        boolean encrypted = "https".equalsIgnoreCase(target.getScheme());
        int port = target.getPort() >= 0 ? target.getPort() : encrypted ? HTTPS_PORT : HTTP_PORT;
        Place place =
                new Place(target.getHost().toLowerCase(Locale.ROOT), new InetSocketAddress(address, port), encrypted);
        Exchange exchange = exchange(place, target, method, headers, body, deadline);
        for (int again = 1; again < ATTEMPTS_MAX && exchange.repeatable() && REPEATABLE.contains(method); again++) {
            exchange = exchange(place, target, method, headers, body, deadline);
        }
        return exchange.reached();
    }

    /// One attempt.
    ///
    /// @param reused whether the connection had carried a call before
    private record Exchange(Reached reached, boolean reused, boolean brokeBeforeAnswer) {
        /// Whether the target may just have closed a connection that was kept open.
        boolean repeatable() {
            return reused && brokeBeforeAnswer;
        }
    }

    private Exchange exchange(
            Place place, URI target, String method, Map<String, String> headers, Optional<byte[]> body, long deadline) {
        FullHttpRequest request;
        try {
            request = request(place, target, method, headers, body);
        } catch (IllegalArgumentException e) {
            // Before a connection is taken, which would otherwise never be given back.
            return new Exchange(new Reached.Failed("a header cannot be sent"), false, false);
        }
        FixedChannelPool pool = pools.get(place);
        Future<Channel> acquired = pool.acquire();
        try {
            if (!acquired.await(left(deadline), TimeUnit.NANOSECONDS)) {
                acquired.addListener((Future<Channel> late) -> {
                    if (late.isSuccess()) {
                        pool.release(late.getNow());
                    }
                });
                return new Exchange(new Reached.TimedOut(), false, false);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Exchange(new Reached.Failed("the call was interrupted"), false, false);
        }
        if (!acquired.isSuccess()) {
            LOG.debug("no connection to {}", place, acquired.cause());
            return new Exchange(new Reached.Failed("it cannot be connected to"), false, false);
        }
        Channel channel = acquired.getNow();
        AnswerHandler handler = channel.pipeline().get(AnswerHandler.class);
        if (handler == null) {
            // Closed by the target since it was looked at: what is closed has no handlers left.
            pool.release(channel);
            return new Exchange(new Reached.Failed("the connection broke"), true, true);
        }
        boolean reused = handler.used();
        CompletableFuture<Reached> answer = handler.expect();
        channel.writeAndFlush(request).addListener(written -> {
            if (!written.isSuccess()) {
                handler.broken(written.cause());
            }
        });
        boolean reusable = false;
        try {
            Reached reached = answer.get(left(deadline), TimeUnit.NANOSECONDS);
            reusable = reached instanceof Reached.Answered && handler.keepsAlive();
            return new Exchange(reached, reused, reached instanceof Reached.Failed);
        } catch (TimeoutException e) {
            return new Exchange(new Reached.TimedOut(), reused, false);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Exchange(new Reached.Failed("the call was interrupted"), reused, false);
        } catch (ExecutionException e) {
            LOG.debug("call to {} failed", place, e);
            return new Exchange(new Reached.Failed("the connection broke"), reused, true);
        } finally {
            if (!reusable) {
                channel.close();
            }
            pool.release(channel);
        }
    }

    private static long left(long deadline) {
        return Math.max(1, deadline - System.nanoTime());
    }

    private static FullHttpRequest request(
            Place place, URI target, String method, Map<String, String> headers, Optional<byte[]> body) {
        String path = target.getRawPath() == null || target.getRawPath().isEmpty() ? "/" : target.getRawPath();
        String query = target.getRawQuery() == null ? "" : "?" + target.getRawQuery();
        ByteBuf content = body.map(Unpooled::wrappedBuffer).orElse(Unpooled.EMPTY_BUFFER);
        FullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), path + query, content);
        headers.forEach((name, value) -> request.headers().set(name, value));
        request.headers().set(HttpHeaderNames.HOST, authority(target));
        if (body.isPresent() || !REPEATABLE.contains(method)) {
            request.headers().set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
        }
        return request;
    }

    private static String authority(URI target) {
        return target.getPort() >= 0 ? target.getHost() + ":" + target.getPort() : target.getHost();
    }

    private FixedChannelPool pool(Place place) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MS)
                .option(ChannelOption.TCP_NODELAY, true)
                .remoteAddress(place.address());
        return new FixedChannelPool(
                bootstrap,
                new AbstractChannelPoolHandler() {
                    @Override
                    public void channelCreated(Channel channel) {
                        ChannelPipeline pipeline = channel.pipeline();
                        if (place.tls()) {
                            pipeline.addLast(tls.newHandler(
                                    channel.alloc(),
                                    place.host(),
                                    place.address().getPort()));
                        }
                        pipeline.addLast(new HttpClientCodec());
                        pipeline.addLast(new HttpObjectAggregator(ANSWER_BYTES_MAX));
                        pipeline.addLast(new IdleStateHandler(0, 0, IDLE_SECONDS));
                        pipeline.addLast(new AnswerHandler());
                    }
                },
                ChannelHealthChecker.ACTIVE,
                FixedChannelPool.AcquireTimeoutAction.FAIL,
                CONNECT_MS,
                CONNECTIONS_MAX,
                WAITING_MAX);
    }

    @Override
    public void close() {
        pools.invalidateAll();
        loops.shutdownGracefully(0, CLOSE_MAX.toMillis(), TimeUnit.MILLISECONDS);
    }
}
