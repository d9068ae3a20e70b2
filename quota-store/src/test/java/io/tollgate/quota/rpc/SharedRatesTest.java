package io.tollgate.quota.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.ratelimit.RateBound;
import io.tollgate.metering.ratelimit.RateLimit;
import io.tollgate.metering.ratelimit.RateSpan;
import io.tollgate.metering.ratelimit.RateVerdict;
import io.tollgate.quota.ratelimit.OwnedRates;
import io.tollgate.quota.ratelimit.RateCounts;
import io.tollgate.quota.ratelimit.RateNode;
import io.tollgate.quota.routing.Owner;
import io.tollgate.quota.routing.OwnerRates;
import io.tollgate.quota.routing.Owners;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Gateways and the owner that counts for them, over the internal port.
class SharedRatesTest {
    private static final String SECRET = "a-secret-of-the-cluster";
    private static final OrganizationId ORGANIZATION = new OrganizationId("biz_7f3c2a51-8d1e-4b02-9c35-6a4d1f0e2b77");
    private static final int LIMIT = 100;
    private static final List<RateLimit> LIMITS = List.of(
            new RateLimit(Optional.empty(), List.of(new RateBound(RateSpan.HOUR, LIMIT))),
            new RateLimit(Optional.of("key"), List.of(new RateBound(RateSpan.MINUTE, 10 * LIMIT))));
    private static final Instant NOW = Instant.parse("2026-05-05T05:05:05.5Z");
    private static final InstantSource CLOCK = InstantSource.fixed(NOW);

    /// Where the test is about what the owner says, however slow the machine is.
    private static final Duration PATIENT = Duration.ofSeconds(10);

    private final GrpcOwnerServer server =
            new GrpcOwnerServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), SECRET);
    private final GrpcOwners connections = new GrpcOwners(SECRET);
    private final String ownerAddress = "127.0.0.1:" + server.port();

    @AfterEach
    void close() {
        connections.close();
        server.close();
    }

    @Test
    void exactlyTheLimitPassesThroughAllGatewaysTogether() throws Exception {
        server.serve(new OwnedRates(new RateCounts(CLOCK), partition -> true));
        OwnerRates first = gateway(owners(ownerAddress), PATIENT);
        OwnerRates second = gateway(owners(ownerAddress), PATIENT);
        List<CompletableFuture<RateVerdict>> asked = new ArrayList<>();
        try (var threads = Executors.newFixedThreadPool(2)) {
            for (int i = 0; i < 2 * LIMIT; i++) {
                OwnerRates gateway = i % 2 == 0 ? first : second;
                asked.add(CompletableFuture.supplyAsync(
                        () -> gateway.count(ORGANIZATION, LIMITS).join(), threads));
            }
        }
        long passed = asked.stream()
                .map(CompletableFuture::join)
                .filter(RateVerdict.Passed.class::isInstance)
                .count();

        assertThat(first.decidedHere() + second.decidedHere()).isZero();
        assertThat(passed).isEqualTo(LIMIT);
        assertThat(second.count(ORGANIZATION, LIMITS).join())
                .isEqualTo(new RateVerdict.Refused(LIMIT, NOW.plusSeconds(3_600), 3_600));
    }

    @Test
    void aProcessThatOwnsCountsWithoutACall() {
        RateNode here = new OwnedRates(new RateCounts(CLOCK), partition -> true);
        OwnerRates gateway = new OwnerRates(
                owners("127.0.0.1:1"), connections, Optional.of(here), "here:1", new RateCounts(CLOCK), 8, PATIENT);

        CompletableFuture<RateVerdict> answer = gateway.count(ORGANIZATION, LIMITS);

        assertThat(answer).isCompletedWithValue(new RateVerdict.Passed(LIMIT, LIMIT - 1, NOW.plusSeconds(3_600)));
        assertThat(gateway.decidedHere()).isZero();
    }

    @Test
    void whoTookOverIsFoundByASecondLook() {
        server.serve(new OwnedRates(new RateCounts(CLOCK), partition -> true));
        try (GrpcOwnerServer old =
                new GrpcOwnerServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), SECRET)) {
            old.serve(new OwnedRates(new RateCounts(CLOCK), partition -> false));
            MovedOwners owners = new MovedOwners("127.0.0.1:" + old.port(), ownerAddress);
            OwnerRates gateway = gateway(owners, PATIENT);

            assertThat(gateway.count(ORGANIZATION, LIMITS).join()).isInstanceOf(RateVerdict.Passed.class);
            assertThat(gateway.decidedHere()).isZero();
        }
    }

    @Test
    void withoutTheOwnerAGatewayGoesOnByWhatItLetPassItself() throws Exception {
        server.serve(new OwnedRates(new RateCounts(CLOCK), partition -> true));
        AtomicReference<String> address = new AtomicReference<>(ownerAddress);
        OwnerRates gateway = gateway(new MovedOwners(address), OwnerRates.ANSWERED_WITHIN);
        settle(gateway);
        long told = 0;
        for (int i = 0; i < 9; i++) {
            gateway.count(ORGANIZATION, LIMITS).join();
            told++;
        }
        long before = gateway.decidedHere();
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            address.set("127.0.0.1:" + silent.getLocalPort());
            long start = System.nanoTime();

            RateVerdict verdict = gateway.count(ORGANIZATION, LIMITS).join();

            assertThat(verdict)
                    .isEqualTo(new RateVerdict.Passed(LIMIT, (int) (LIMIT - told - 1), NOW.plusSeconds(3_600)));
            assertThat(gateway.decidedHere()).isEqualTo(before + 1);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        }
    }

    /// Asks until a connection is there, once for each answer that counts.
    private static void settle(OwnerRates gateway) {
        long decided;
        do {
            decided = gateway.decidedHere();
            gateway.count(new OrganizationId("biz_00000000-0000-4000-8000-000000000000"), LIMITS)
                    .join();
        } while (gateway.decidedHere() != decided);
    }

    private OwnerRates gateway(Owners owners, Duration answeredWithin) {
        return new OwnerRates(
                owners, connections, Optional.empty(), "gateway:1", new RateCounts(CLOCK), 8, answeredWithin);
    }

    private static Owners owners(String address) {
        return new MovedOwners(address, address);
    }

    /// One instance owns everything, and another one once somebody looks again.
    private record MovedOwners(AtomicReference<String> known, Optional<String> truth) implements Owners {
        MovedOwners(AtomicReference<String> known) {
            this(known, Optional.empty());
        }

        MovedOwners(String known, String truth) {
            this(new AtomicReference<>(known), Optional.of(truth));
        }

        @Override
        public Optional<Owner> ownerOf(int partition) {
            return Optional.of(new Owner(known.get()));
        }

        @Override
        public Map<Integer, Owner> all() {
            return Map.of();
        }

        @Override
        public Set<Owner> instances() {
            return Set.of();
        }

        @Override
        public void refresh() {
            truth.ifPresent(known::set);
        }
    }
}
