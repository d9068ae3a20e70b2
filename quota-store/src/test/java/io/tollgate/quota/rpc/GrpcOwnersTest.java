package io.tollgate.quota.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.OwnerNode;
import io.tollgate.quota.admission.PartitionStatus;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import io.tollgate.quota.routing.Owner;
import io.tollgate.quota.routing.ScriptedOwner;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Client and server against each other over loopback.
class GrpcOwnersTest {
    private static final String SECRET = "a-secret-of-the-cluster";
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration AT_ONCE = Duration.ofSeconds(2);

    private final ScriptedOwner node = new ScriptedOwner(1);
    private final GrpcOwnerServer server = new GrpcOwnerServer(loopback(0), SECRET);
    private final GrpcOwners owners = new GrpcOwners(SECRET);
    private final Owner owner = new Owner("127.0.0.1:" + server.port());

    @AfterEach
    void close() {
        owners.close();
        server.close();
    }

    @Test
    void admissionsOutcomesChecksAndStatusReachTheNode() throws InterruptedException {
        server.serve(node);
        AdmissionOutcome outcome = new AdmissionOutcome(
                AdmissionId.random(), 1, "biz/tenant:a", UUID.randomUUID(), AdmissionOutcome.Fate.UNKNOWN);

        assertThat(owners.admit(owner, 7, List.of(request(1), request(2)), LONG))
                .hasValueSatisfying(answers -> {
                    assertThat(answers).hasSize(2);
                    assertThat(answers.get(0))
                            .isEqualTo(new AdmissionAnswer.Decided(node.epoch, Instant.ofEpochSecond(1), List.of()));
                    assertThat(answers.get(1))
                            .isEqualTo(new AdmissionAnswer.NotJudged(AdmissionAnswer.Reason.NOT_OWNER, "not here"));
                });
        assertThat(node.definitionsPosition).isEqualTo(7);
        assertThat(owners.report(owner, List.of(outcome), LONG)).isTrue();
        assertThat(node.reported.take()).isEqualTo(outcome);
        assertThat(owners.check(owner, 8, List.of(check()), false, LONG)
                        .orElseThrow()
                        .getFirst())
                .isInstanceOf(CheckAnswer.Judged.class);
        assertThat(owners.status(owner, LONG)).hasValue(node.status());
    }

    @Test
    void stepsOfReservationsReachTheNode() {
        ReservationId here = ReservationId.random(1);
        assertThat(owners.reservation(owner, here, LONG).orElseThrow())
                .isInstanceOfSatisfying(
                        ReservationAnswer.NotJudged.class,
                        notJudged -> assertThat(notJudged.reason()).isEqualTo(AdmissionAnswer.Reason.NOT_OWNER));

        server.serveReservations(node);

        assertThat(owners.reserve(owner, 9, release(here), LONG))
                .hasValue(new ReservationAnswer.Granted(
                        node.epoch, Instant.ofEpochSecond(1), List.of(), List.of(), List.of()));
        assertThat(node.definitionsPosition).isEqualTo(9);
        assertThat(owners.reservation(owner, here, LONG)).hasValue(new ReservationAnswer.Unknown());
        assertThat(owners.reservation(owner, ReservationId.random(2), LONG))
                .hasValue(new ReservationAnswer.NotJudged(AdmissionAnswer.Reason.NOT_OWNER, "not here"));
    }

    @Test
    void aServerThatOwnsNothingYetSaysSo() {
        assertThat(owners.admit(owner, 7, List.of(request(1)), LONG)
                        .orElseThrow()
                        .getFirst())
                .isInstanceOfSatisfying(
                        AdmissionAnswer.NotJudged.class,
                        notJudged -> assertThat(notJudged.reason()).isEqualTo(AdmissionAnswer.Reason.NOT_OWNER));
    }

    @Test
    void withoutTheSecretNothingIsAnswered() {
        server.serve(node);
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .usePlaintext()
                .build();
        try (GrpcOwners wrong = new GrpcOwners(SECRET + "x")) {
            assertThatThrownBy(() -> OwnerGrpc.newBlockingStub(channel).status(Wire.StatusCall.getDefaultInstance()))
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED));
            assertThat(wrong.admit(owner, 7, List.of(request(1)), LONG)).isEmpty();
            assertThat(node.calls).hasValue(0);
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void aRefusedConnectionIsFoundOutAtOnce() {
        server.close();
        long start = System.nanoTime();

        assertThat(owners.admit(owner, 7, List.of(request(1)), LONG)).isEmpty();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
    }

    @Test
    void anInstanceThatTakesTheConnectionAndSaysNothingEndsByTheDeadline() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Owner hangs = new Owner("127.0.0.1:" + silent.getLocalPort());
            long start = System.nanoTime();

            assertThat(owners.admit(hangs, 7, List.of(request(1)), Duration.ofMillis(300)))
                    .isEmpty();

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
        }
    }

    @Test
    void whatIsAdmittedForAnAskerThatHasGoneIsGivenBack() throws InterruptedException {
        AdmissionRequest request = request(1);
        server.serve(new SlowOwner(node));

        assertThat(owners.admit(owner, 7, List.of(request), Duration.ofMillis(300)))
                .isEmpty();

        assertThat(node.reported.poll(LONG.toSeconds(), TimeUnit.SECONDS))
                .isEqualTo(new AdmissionOutcome(
                        request.id(), 1, "biz/tenant:a", node.epoch, AdmissionOutcome.Fate.FAILED));
    }

    @Test
    void anInstanceThatComesBackOnItsAddressIsReachedAgainSoon() {
        int port = server.port();
        server.close();
        assertThat(owners.status(owner, LONG)).isEmpty();
        GrpcOwnerServer again = new GrpcOwnerServer(loopback(port), SECRET);
        try {
            again.serve(node);
            long deadline = System.nanoTime() + LONG.toNanos();
            while (owners.status(owner, LONG).isEmpty()) {
                assertThat(System.nanoTime()).as("reached again").isLessThan(deadline);
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        } finally {
            again.close();
        }
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static AdmissionRequest request(int partition) {
        return new AdmissionRequest(AdmissionId.random(), partition, "biz/tenant:a", ZoneOffset.UTC, false, List.of());
    }

    private static ReservationRequest release(ReservationId id) {
        return new ReservationRequest.Release(AdmissionId.random(), id.partition(), "biz/tenant:a", id);
    }

    private static QuotaCheck check() {
        return new QuotaCheck(1, "biz/tenant:a", ZoneOffset.UTC, "calls", BigDecimal.ONE, Instant.EPOCH);
    }

    /// Answers admissions once their asker has gone.
    private record SlowOwner(ScriptedOwner owner) implements OwnerNode {
        @Override
        public List<AdmissionAnswer> admit(long definitionsPosition, List<AdmissionRequest> requests) {
            long deadline = System.nanoTime() + LONG.toNanos();
            while (!Context.current().isCancelled() && System.nanoTime() < deadline) {
                LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
            }
            return owner.admit(definitionsPosition, requests);
        }

        @Override
        public void report(List<AdmissionOutcome> outcomes) {
            owner.report(outcomes);
        }

        @Override
        public List<CheckAnswer> check(long definitionsPosition, List<QuotaCheck> checks, boolean stale) {
            return owner.check(definitionsPosition, checks, stale);
        }

        @Override
        public List<PartitionStatus> status() {
            return owner.status();
        }
    }
}
