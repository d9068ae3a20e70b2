package io.tollgate.quota.rpc;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.tollgate.metering.ratelimit.RateVerdict;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.PartitionStatus;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.LookupOutcome;
import io.tollgate.quota.query.OwnerClient;
import io.tollgate.quota.ratelimit.RateQuestion;
import io.tollgate.quota.routing.Owner;
import io.tollgate.quota.routing.RemoteOwners;
import io.tollgate.quota.routing.RemoteRates;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks instances over their internal port. Keeps one connection to each that is being asked, and closes it some
/// minutes
/// after
/// the last question, when the instance has long left.
public final class GrpcOwners implements RemoteOwners, RemoteRates, OwnerClient, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcOwners.class);

    /// More instances than any installation of 48 partitions has use for.
    private static final int CONNECTIONS_MAX = 256;
    private static final Duration UNUSED_FOR = Duration.ofMinutes(5);
    /// An address that does not answer at all is given up after this; one that refuses, at once.
    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);
    /// Finds a host that vanished under an open connection; calls on it end by their own deadline before.
    private static final Duration PING_EVERY = Duration.ofSeconds(10);
    private static final Duration PING_TIMEOUT = Duration.ofSeconds(2);
    /// An instance that could not be reached is tried again this often while it is asked, not after a growing pause: it
    /// may
    /// have come back on its old address.
    private static final Duration RECONNECT_EVERY = Duration.ofMillis(200);
    /// On top of the time the owner may wait: network and reading.
    private static final Duration ANSWER_MARGIN = Duration.ofMillis(300);

    private final String clusterSecret;
    private final LoadingCache<Owner, Connection> connections;

    public GrpcOwners(String clusterSecret) {
        this.clusterSecret = clusterSecret;
        this.connections = Caffeine.newBuilder()
                .maximumSize(CONNECTIONS_MAX)
                .expireAfterAccess(UNUSED_FOR)
                .scheduler(Scheduler.systemScheduler())
                .removalListener(GrpcOwners::unused)
                .build(this::connect);
    }

    private static void unused(@Nullable Owner owner, @Nullable Connection connection, RemovalCause cause) {
        if (connection != null) {
            connection.channel().shutdown();
        }
    }

    private record Connection(ManagedChannel channel, AtomicLong retriedNanos) {
        /// Ends the pause after a failed attempt to connect.
        void reconnect() {
            long now = System.nanoTime();
            long before = retriedNanos.get();
            if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE
                    && now - before > RECONNECT_EVERY.toNanos()
                    && retriedNanos.compareAndSet(before, now)) {
                channel.resetConnectBackoff();
            }
        }
    }

    private Connection connect(Owner owner) {
        int colon = owner.address().lastIndexOf(':');
        ManagedChannel channel = NettyChannelBuilder.forAddress(
                        owner.address().substring(0, colon),
                        Integer.parseInt(owner.address().substring(colon + 1)))
                .usePlaintext()
                .directExecutor()
                // Instances are reached directly, whatever proxy the process uses for the world outside.
                .proxyDetector(target -> null)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(CONNECT_TIMEOUT.toMillis()))
                .keepAliveTime(PING_EVERY.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(PING_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveWithoutCalls(true)
                .maxInboundMessageSize(MessageSize.BYTES_MAX)
                .intercept(ClusterSecret.sent(clusterSecret))
                .build();
        return new Connection(channel, new AtomicLong(System.nanoTime()));
    }

    @Override
    public Optional<List<AdmissionAnswer>> admit(
            Owner owner, long definitionsPosition, List<AdmissionRequest> requests, Duration atMost) {
        Wire.AdmitCall.Builder call = Wire.AdmitCall.newBuilder().setDefinitionsPosition(definitionsPosition);
        requests.forEach(request -> call.addRequests(AdmissionWire.toWire(request)));
        return ask(
                        owner,
                        atMost,
                        stub -> stub.admit(call.build()).getAnswersList().stream()
                                .map(AdmissionWire::fromWire)
                                .toList())
                .filter(answers -> answers.size() == requests.size());
    }

    @Override
    public boolean report(Owner owner, List<AdmissionOutcome> outcomes, Duration atMost) {
        Wire.ReportCall.Builder call = Wire.ReportCall.newBuilder();
        outcomes.forEach(outcome -> call.addOutcomes(AdmissionWire.toWire(outcome)));
        return ask(owner, atMost, stub -> stub.report(call.build())).isPresent();
    }

    @Override
    public Optional<List<CheckAnswer>> check(
            Owner owner, long definitionsPosition, List<QuotaCheck> checks, boolean stale, Duration atMost) {
        Wire.CheckCall.Builder call = Wire.CheckCall.newBuilder()
                .setDefinitionsPosition(definitionsPosition)
                .setStale(stale);
        checks.forEach(check -> call.addChecks(QuotaWire.toWire(check)));
        return ask(
                        owner,
                        atMost,
                        stub -> stub.check(call.build()).getAnswersList().stream()
                                .map(QuotaWire::fromWire)
                                .toList())
                .filter(answers -> answers.size() == checks.size());
    }

    @Override
    public Optional<List<PartitionStatus>> status(Owner owner, Duration atMost) {
        return ask(
                owner,
                atMost,
                stub -> stub.status(Wire.StatusCall.getDefaultInstance()).getPartitionsList().stream()
                        .map(StatusWire::fromWire)
                        .toList());
    }

    @Override
    public Optional<ReservationAnswer> reserve(
            Owner owner, long definitionsPosition, ReservationRequest request, Duration atMost) {
        Wire.ReserveCall call = Wire.ReserveCall.newBuilder()
                .setDefinitionsPosition(definitionsPosition)
                .setRequest(ReservationWire.toWire(request))
                .build();
        return ask(
                owner,
                atMost,
                stub -> ReservationWire.fromWire(stub.reserve(call).getAnswer()));
    }

    @Override
    public Optional<ReservationAnswer> reservation(Owner owner, ReservationId id, Duration atMost) {
        Wire.ReservationCall call =
                Wire.ReservationCall.newBuilder().setReservationId(id.value()).build();
        return ask(
                owner,
                atMost,
                stub -> ReservationWire.fromWire(stub.reservation(call).getAnswer()));
    }

    @Override
    public Optional<LookupOutcome.Found> ask(
            Owner owner, int partition, CounterRead read, long afterOffset, Duration atMost) {
        Wire.ReadCall call = CounterWire.toWire(read)
                .setPartition(partition)
                .setAfterOffset(afterOffset)
                .setAtMostMs(Math.toIntExact(atMost.toMillis()))
                .build();
        return ask(owner, atMost.plus(ANSWER_MARGIN), stub -> CounterWire.fromWire(stub.readCounters(call)))
                .flatMap(Function.identity());
    }

    @Override
    public Optional<LookupOutcome.Found> askCopy(
            Owner instance, int partition, CounterRead read, long afterOffset, Duration atMost) {
        Wire.ReadCall call = CounterWire.toWire(read)
                .setPartition(partition)
                .setAfterOffset(afterOffset)
                .setStale(true)
                .build();
        return ask(instance, atMost, stub -> CounterWire.fromWire(stub.readCounters(call)))
                .flatMap(Function.identity());
    }

    @Override
    public Optional<Optional<RateVerdict>> count(Owner owner, RateQuestion question, Duration atMost) {
        Wire.CountCall call = RateWire.toWire(question);
        return ask(owner, atMost, stub -> RateWire.fromWire(stub.countRequest(call)));
    }

    private <A> Optional<A> ask(Owner owner, Duration atMost, Function<OwnerGrpc.OwnerBlockingStub, A> question) {
        Connection connection;
        try {
            connection = connections.get(owner);
        } catch (IllegalArgumentException e) {
            LOG.warn("an instance of the group has an address that cannot be one: {}", owner.address());
            return Optional.empty();
        }
        try {
            OwnerGrpc.OwnerBlockingStub stub = OwnerGrpc.newBlockingStub(connection.channel())
                    .withDeadlineAfter(atMost.toNanos(), TimeUnit.NANOSECONDS);
            return Optional.of(question.apply(stub));
        } catch (StatusRuntimeException e) {
            unanswered(owner, connection, e);
            return Optional.empty();
        } catch (IllegalArgumentException | DateTimeException e) {
            LOG.warn("instance {} answers what this release does not understand: {}", owner.address(), e.toString());
            return Optional.empty();
        }
    }

    private static void unanswered(Owner owner, Connection connection, StatusRuntimeException e) {
        Status.Code code = e.getStatus().getCode();
        if (code == Status.Code.UNAVAILABLE) {
            connection.reconnect();
        }
        if (code == Status.Code.UNAVAILABLE || code == Status.Code.DEADLINE_EXCEEDED || code == Status.Code.CANCELLED) {
            LOG.debug("instance {} does not answer: {}", owner.address(), e.getStatus());
        } else {
            LOG.warn("instance {} refuses a call: {}", owner.address(), e.getStatus());
        }
    }

    @Override
    public void close() {
        connections.asMap().values().forEach(connection -> connection.channel().shutdownNow());
        connections.invalidateAll();
    }
}
