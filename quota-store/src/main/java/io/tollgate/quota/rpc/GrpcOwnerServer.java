package io.tollgate.quota.rpc;

import io.grpc.Context;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.OwnerNode;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationNode;
import io.tollgate.quota.admission.ReservationRequest;
import io.tollgate.quota.query.CounterLookup;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.LookupOutcome;
import io.tollgate.quota.ratelimit.RateNode;
import io.tollgate.quota.ratelimit.RateQuestion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers other instances about what this one owns, on a port of its own that is not meant for callers. Calls run on
/// virtual threads; a call without the cluster secret ends with UNAUTHENTICATED.
public final class GrpcOwnerServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcOwnerServer.class);

    /// Per connection, which is per instance that asks; beyond it calls wait at the asker.
    private static final int CONCURRENT_CALLS_MAX = 4_096;
    /// Headers are the secret and what gRPC adds.
    private static final int METADATA_BYTES_MAX = 8 << 10;
    /// Longest wait for a write to be counted, whatever the asker says.
    private static final Duration READ_WAIT_MAX = Duration.ofSeconds(2);
    /// Less than what clients are configured with, or their connections would be cut.
    private static final Duration PING_PERMITTED_EVERY = Duration.ofSeconds(5);
    /// For calls that are being answered when the server stops.
    private static final Duration CLOSE_MAX = Duration.ofMillis(500);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Server server;
    private volatile Optional<OwnerNode> node = Optional.empty();
    private volatile Optional<ReservationNode> reservations = Optional.empty();
    private volatile Optional<CounterLookup> counters = Optional.empty();
    private volatile Optional<RateNode> rates = Optional.empty();

    /// Binds the port; until told what to serve, nothing is owned here.
    ///
    /// @throws UncheckedIOException if the address is taken
    public GrpcOwnerServer(InetSocketAddress address, String clusterSecret) {
        try {
            this.server = NettyServerBuilder.forAddress(address)
                    .executor(threads)
                    .maxInboundMessageSize(MessageSize.BYTES_MAX)
                    .maxInboundMetadataSize(METADATA_BYTES_MAX)
                    .maxConcurrentCallsPerConnection(CONCURRENT_CALLS_MAX)
                    .permitKeepAliveTime(PING_PERMITTED_EVERY.toMillis(), TimeUnit.MILLISECONDS)
                    .permitKeepAliveWithoutCalls(true)
                    .intercept(ClusterSecret.demanded(clusterSecret))
                    .addService(new Service())
                    .build()
                    .start();
        } catch (IOException e) {
            threads.shutdownNow();
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return server.getPort();
    }

    /// From now on judges by `ownerNode`.
    public void serve(OwnerNode ownerNode) {
        this.node = Optional.of(ownerNode);
    }

    /// From now on judges steps of reservations by `reservationNode`.
    public void serveReservations(ReservationNode reservationNode) {
        this.reservations = Optional.of(reservationNode);
    }

    /// From now on reads from `lookup`.
    public void serve(CounterLookup lookup) {
        this.counters = Optional.of(lookup);
    }

    /// From now on counts requests by `rateNode`.
    public void serve(RateNode rateNode) {
        this.rates = Optional.of(rateNode);
    }

    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(CLOSE_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        } finally {
            threads.shutdownNow();
        }
    }

    private final class Service extends OwnerGrpc.OwnerImplBase {
        private static final String NOT_READY = "this instance owns nothing yet";

        @Override
        public void admit(Wire.AdmitCall call, StreamObserver<Wire.AdmitReply> reply) {
            answer(reply, () -> {
                List<AdmissionRequest> requests = call.getRequestsList().stream()
                        .map(AdmissionWire::fromWire)
                        .toList();
                List<AdmissionAnswer> answers = node.map(here -> here.admit(call.getDefinitionsPosition(), requests))
                        .orElseGet(() -> Collections.nCopies(
                                requests.size(),
                                new AdmissionAnswer.NotJudged(AdmissionAnswer.Reason.NOT_OWNER, NOT_READY)));
                if (Context.current().isCancelled()) {
                    release(requests, answers);
                }
                Wire.AdmitReply.Builder wire = Wire.AdmitReply.newBuilder();
                answers.forEach(answer -> wire.addAnswers(AdmissionWire.toWire(answer)));
                return wire.build();
            });
        }

        /// Gives back what was admitted for an asker that has gone: it never learns of it, so it never writes it.
        /// Nobody
        /// asks
        /// one owner twice with the same ids unless it was disowned, so no other answer stands for it.
        private void release(List<AdmissionRequest> requests, List<AdmissionAnswer> answers) {
            List<AdmissionOutcome> released = new ArrayList<>();
            for (int i = 0; i < requests.size(); i++) {
                if (answers.get(i) instanceof AdmissionAnswer.Decided decided) {
                    AdmissionRequest request = requests.get(i);
                    released.add(new AdmissionOutcome(
                            request.id(),
                            request.partition(),
                            request.subjectKey(),
                            decided.epoch(),
                            AdmissionOutcome.Fate.FAILED));
                }
            }
            node.ifPresent(here -> here.report(released));
        }

        @Override
        public void report(Wire.ReportCall call, StreamObserver<Wire.ReportReply> reply) {
            answer(reply, () -> {
                var outcomes = call.getOutcomesList().stream()
                        .map(AdmissionWire::fromWire)
                        .toList();
                node.ifPresent(here -> here.report(outcomes));
                return Wire.ReportReply.getDefaultInstance();
            });
        }

        @Override
        public void check(Wire.CheckCall call, StreamObserver<Wire.CheckReply> reply) {
            answer(reply, () -> {
                List<QuotaCheck> checks =
                        call.getChecksList().stream().map(QuotaWire::fromWire).toList();
                List<CheckAnswer> answers = node.map(
                                here -> here.check(call.getDefinitionsPosition(), checks, call.getStale()))
                        .orElseGet(() -> Collections.nCopies(
                                checks.size(), new CheckAnswer.NotJudged(AdmissionAnswer.Reason.NOT_OWNER, NOT_READY)));
                Wire.CheckReply.Builder wire = Wire.CheckReply.newBuilder();
                answers.forEach(answer -> wire.addAnswers(QuotaWire.toWire(answer)));
                return wire.build();
            });
        }

        @Override
        public void readCounters(Wire.ReadCall call, StreamObserver<Wire.ReadReply> reply) {
            answer(reply, () -> {
                CounterRead read = CounterWire.fromWire(call);
                Duration wait = Duration.ofMillis(Math.clamp(call.getAtMostMs(), 0, READ_WAIT_MAX.toMillis()));
                Optional<LookupOutcome.Found> found = counters.flatMap(here -> call.getStale()
                        ? here.copyHere(call.getPartition(), read, call.getAfterOffset())
                        : here.here(call.getPartition(), read, call.getAfterOffset(), wait));
                return CounterWire.toWire(found);
            });
        }

        @Override
        public void status(Wire.StatusCall call, StreamObserver<Wire.StatusReply> reply) {
            answer(reply, () -> {
                Wire.StatusReply.Builder wire = Wire.StatusReply.newBuilder();
                node.ifPresent(here -> here.status().forEach(status -> wire.addPartitions(StatusWire.toWire(status))));
                return wire.build();
            });
        }

        @Override
        public void reserve(Wire.ReserveCall call, StreamObserver<Wire.ReservationReply> reply) {
            answer(reply, () -> {
                ReservationRequest request = ReservationWire.fromWire(call.getRequest());
                Optional<ReservationAnswer> answer =
                        reservations.map(here -> here.reserve(call.getDefinitionsPosition(), request));
                if (answer.isPresent()
                        && answer.get() instanceof ReservationAnswer.Granted granted
                        && Context.current().isCancelled()) {
                    AdmissionOutcome released = new AdmissionOutcome(
                            request.id(),
                            request.partition(),
                            request.subjectKey(),
                            granted.epoch(),
                            AdmissionOutcome.Fate.FAILED);
                    node.ifPresent(here -> here.report(List.of(released)));
                }
                return reply(answer);
            });
        }

        @Override
        public void reservation(Wire.ReservationCall call, StreamObserver<Wire.ReservationReply> reply) {
            answer(reply, () -> {
                ReservationId id = new ReservationId(call.getReservationId());
                return reply(reservations.map(here -> here.reservation(id)));
            });
        }

        @Override
        public void countRequest(Wire.CountCall call, StreamObserver<Wire.CountReply> reply) {
            answer(reply, () -> {
                RateQuestion question = RateWire.fromWire(call);
                return RateWire.toWire(rates.flatMap(here -> here.count(question)));
            });
        }

        private static Wire.ReservationReply reply(Optional<ReservationAnswer> answer) {
            return Wire.ReservationReply.newBuilder()
                    .setAnswer(ReservationWire.toWire(answer.orElseGet(
                            () -> new ReservationAnswer.NotJudged(AdmissionAnswer.Reason.NOT_OWNER, NOT_READY))))
                    .build();
        }

        private static <A> void answer(StreamObserver<A> reply, Supplier<A> work) {
            A answer;
            try {
                answer = work.get();
            } catch (IllegalArgumentException | DateTimeException e) {
                reply.onError(
                        Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
                return;
            } catch (RuntimeException e) {
                LOG.error("an internal call failed", e);
                reply.onError(Status.INTERNAL.asRuntimeException());
                return;
            }
            reply.onNext(answer);
            reply.onCompleted();
        }
    }
}
