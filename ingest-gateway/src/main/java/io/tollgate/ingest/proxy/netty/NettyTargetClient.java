package io.tollgate.ingest.proxy.netty;

import com.github.benmanes.caffeine.cache.AsyncLoadingCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.pool.AbstractChannelPoolHandler;
import io.netty.channel.pool.ChannelHealthChecker;
import io.netty.channel.pool.FixedChannelPool;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.EventExecutor;
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.contract.outbound.TargetVerdict;
import io.tollgate.ingest.capacity.InFlightBytes;
import io.tollgate.ingest.proxy.TargetClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Keeps connections to targets open between calls, one pool per event loop, place and address. A call that is made on
/// one of the event loops stays there from request to answer; names are resolved elsewhere.
public final class NettyTargetClient implements TargetClient, AutoCloseable {
    /// Connections of one event loop to one address at a time; more calls wait for one.
    private static final int CONNECTIONS_MAX = 256;

    /// Calls of one event loop that wait for a connection to one address; beyond it a call fails at once.
    private static final int WAITING_MAX = 2_048;

    /// Pools with open connections; the one used longest ago is let go.
    private static final int POOLS_MAX = 2_000;

    private static final int NAMES_MAX = 10_000;
    /// As the Java platform keeps names by itself, and that there is none.
    private static final Duration NAME_KEPT = Duration.ofSeconds(30);
    private static final Duration NO_NAME_KEPT = Duration.ofSeconds(10);

    /// Names that are looked up at a time, and that wait for it; beyond it a call fails at once.
    private static final int RESOLVERS = 8;

    private static final int RESOLVING_MAX = 1_000;

    /// Bytes of answers that have arrived and are not handed on yet, over all calls.
    private static final long ANSWERS_BYTES_MAX = 128 << 20;

    /// Of an answer's headers; more is taken for broken.
    private static final int HEADERS_BYTES_MAX = 65_536;

    private static final int LINE_BYTES_MAX = 8_192;

    private static final int CONNECT_MS = 5_000;
    private static final int IDLE_SECONDS = 30;
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private record Place(EventLoop loop, String host, InetSocketAddress address, boolean tls) {}

    private final OutboundTargets targets;
    private final EventLoopGroup loops;
    private final SslContext tls;
    private final InFlightBytes answers = new InFlightBytes(ANSWERS_BYTES_MAX);
    private final Executor virtualThreads = task -> Thread.ofVirtual().start(task);
    /// Looking up a name is native code, which would hold the carriers of virtual threads while a name server is
    /// silent.
    private final ThreadPoolExecutor resolvers = new ThreadPoolExecutor(
            RESOLVERS,
            RESOLVERS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(RESOLVING_MAX),
            Thread.ofPlatform().daemon().name("proxy-names-", 0).factory());
    private final AsyncLoadingCache<String, Optional<InetAddress>> addresses = Caffeine.newBuilder()
            .maximumSize(NAMES_MAX)
            .expireAfter(Expiry.writing(
                    (String host, Optional<InetAddress> found) -> found.isPresent() ? NAME_KEPT : NO_NAME_KEPT))
            .executor(virtualThreads)
            .buildAsync((host, executor) -> resolveElsewhere(host));
    private final LoadingCache<Place, FixedChannelPool> pools = Caffeine.newBuilder()
            .maximumSize(POOLS_MAX)
            .removalListener((@Nullable Place place, @Nullable FixedChannelPool pool, RemovalCause cause) -> {
                if (pool != null) {
                    pool.closeAsync();
                }
            })
            .build(this::pool);

    /// @param targets which places may be reached
    /// @param loops those of the server, with NIO, so that a call needs no other thread; not closed with this client
    public NettyTargetClient(OutboundTargets targets, EventLoopGroup loops) {
        this.targets = targets;
        this.loops = loops;
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
    public CompletableFuture<Reached> send(
            URI target, String method, Map<String, String> headers, Optional<byte[]> body, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        if (targets.check(target) instanceof TargetVerdict.Refused refused) {
            return CompletableFuture.completedFuture(new Reached.Forbidden(refused.why()));
        }
        String host = target.getHost().toLowerCase(Locale.ROOT);
        EventLoop loop = loop();
        CompletableFuture<Reached> answer = new CompletableFuture<>();
        TargetCall call = new TargetCall(loop, target, method, headers, body, deadline, answer);
        call.limitTime();
        addresses.get(host).whenComplete((address, failure) -> {
            if (failure != null || address.isEmpty()) {
                answer.complete(new Reached.Failed("its name cannot be resolved"));
            } else if (targets.check(target, address.get()) instanceof TargetVerdict.Refused refused) {
                answer.complete(new Reached.Forbidden(refused.why()));
            } else {
                boolean encrypted = "https".equalsIgnoreCase(target.getScheme());
                int port = target.getPort() >= 0 ? target.getPort() : encrypted ? HTTPS_PORT : HTTP_PORT;
                Place place = new Place(loop, host, new InetSocketAddress(address.get(), port), encrypted);
                if (loop.inEventLoop()) {
                    call.start(() -> pools.get(place));
                } else {
                    loop.execute(() -> call.start(() -> pools.get(place)));
                }
            }
        });
        return answer;
    }

    private CompletableFuture<Optional<InetAddress>> resolveElsewhere(String host) {
        try {
            return CompletableFuture.supplyAsync(() -> resolve(host), resolvers);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Optional<InetAddress> resolve(String host) {
        try {
            return Optional.of(InetAddress.getByName(host));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /// The one that runs this, or any.
    private EventLoop loop() {
        for (EventExecutor loop : loops) {
            if (loop.inEventLoop() && loop instanceof EventLoop here) {
                return here;
            }
        }
        return loops.next();
    }

    private FixedChannelPool pool(Place place) {
        Bootstrap bootstrap = new Bootstrap()
                .group(place.loop())
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
                        AnswerRoom room = new AnswerRoom(answers);
                        pipeline.addLast(new HttpClientCodec(
                                new HttpDecoderConfig()
                                        .setMaxInitialLineLength(LINE_BYTES_MAX)
                                        .setMaxHeaderSize(HEADERS_BYTES_MAX),
                                false,
                                false));
                        pipeline.addLast(room);
                        pipeline.addLast(room.aggregator());
                        pipeline.addLast(new IdleStateHandler(0, 0, IDLE_SECONDS));
                        pipeline.addLast(new AnswerHandler(room));
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
        resolvers.shutdownNow();
        pools.invalidateAll();
    }
}
