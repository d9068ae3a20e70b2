package io.tollgate.billing.delivery.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.billing.delivery.Attempt;
import io.tollgate.billing.delivery.Deliveries;
import io.tollgate.billing.delivery.DeliveryQueue;
import io.tollgate.billing.delivery.DeliverySender;
import io.tollgate.billing.delivery.DeliveryStatus;
import io.tollgate.billing.delivery.DueDelivery;
import io.tollgate.billing.delivery.Outgoing;
import io.tollgate.billing.delivery.Receiver;
import io.tollgate.billing.delivery.Settlement;
import io.tollgate.billing.delivery.StoredDelivery;
import io.tollgate.billing.delivery.WebhookMessage;
import io.tollgate.billing.delivery.WebhookSignature;
import io.tollgate.billing.delivery.http.PinnedHttp;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.deadletter.DeadLetter;
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.secret.SecretPlace;
import io.tollgate.contract.webhook.WebhookType;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.control.webhook.EndpointCreation;
import io.tollgate.control.webhook.EndpointTerms;
import io.tollgate.control.webhook.postgres.PostgresWebhookEndpoints;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// From a raised message to the receiver, with a real database and a receiver on loopback. Time passes only when told.
class WebhookDeliveryIT {
    private static final Instant START = Instant.parse("2026-11-22T09:30:00Z");
    private static final Duration CLAIM = Duration.ofSeconds(60);
    private static final Attempt REFUSED = new Attempt.Failed(OptionalInt.of(500), "", "answered with 500");
    private static final SecretBox BOX = new SecretBox("an encryption key for tests", List.of());

    private final DataSource database = TestDatabase.fresh();
    private final Jdbi jdbi = TestDatabase.jdbi(database);
    private final Receiver receiver = new Receiver();
    private Instant now = START;
    private final InstantSource clock = () -> now;
    private final PostgresDeliveries deliveries = new PostgresDeliveries(jdbi, Optional.of(BOX), clock);
    private final PostgresWebhookEndpoints endpoints = new PostgresWebhookEndpoints(jdbi, BOX, clock);
    private final PinnedHttp http = new PinnedHttp(OutboundTargets.parse("127.0.0.1:" + receiver.port()));
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final DeliverySender sender = new DeliverySender(deliveries, http, clock, new Random(1), metrics);
    private OrganizationId organization = new OrganizationId("none");

    @BeforeEach
    void organization() {
        organization = newOrganization();
    }

    @AfterEach
    void stop() throws Exception {
        http.close();
        receiver.close();
    }

    private OrganizationId newOrganization() {
        String id = "biz_" + UUID.randomUUID();
        jdbi.useHandle(handle -> handle.execute(
                "INSERT INTO organizations (id, name, email, time_zone, currency, mode, plan_type,"
                        + " subscription_status, created_at)"
                        + " VALUES (?, 'Acme', 'a@b.c', 'UTC', 'EUR', 'live', 'free', 'free', now())",
                id));
        return new OrganizationId(id);
    }

    private EndpointCreation.Created endpoint(String path, String... types) {
        return endpoint(organization, path, types);
    }

    private EndpointCreation.Created endpoint(OrganizationId owner, String path, String... types) {
        return (EndpointCreation.Created) endpoints.create(
                owner, new EndpointTerms(URI.create(receiver.url(path)), List.of(types), Optional.empty(), true));
    }

    private WebhookMessage message(String tenant, WebhookType type, String cause, String... urls) {
        return new WebhookMessage(
                organization,
                Optional.of(new TenantId(tenant)),
                type,
                cause,
                "{\"tenant_id\":\"" + tenant + "\"}",
                now,
                List.of(urls));
    }

    private long raise(WebhookMessage message) {
        return jdbi.inTransaction(handle -> PostgresMessages.raise(handle, message));
    }

    private List<StoredDelivery> stored() {
        return deliveries
                .list(new Deliveries.Query(organization, Optional.empty(), Optional.empty(), 100, Optional.empty()))
                .deliveries();
    }

    private StoredDelivery only() {
        assertThat(stored()).hasSize(1);
        return stored().getFirst();
    }

    @Test
    void messageGoesSignedToEachEndpointThatWantsIt() {
        EndpointCreation.Created all = endpoint("/all", "*");
        endpoint("/quota", "quota.exceeded", "quota.soft_limit");
        endpoint("/other", "invoice.paid");
        endpoint(newOrganization(), "/foreign", "*");

        assertThat(raise(message("cust_7", WebhookType.QUOTA_EXCEEDED, "c1"))).isEqualTo(2);
        assertThat(sender.sendDue()).isEqualTo(2);

        assertThat(receiver.received()).extracting(Receiver.Received::path).containsExactlyInAnyOrder("/all", "/quota");
        Receiver.Received received = receiver.received().stream()
                .filter(one -> one.path().equals("/all"))
                .findFirst()
                .orElseThrow();
        String id = received.header("Webhook-id");
        assertThat(id).matches("msg_[0-9a-hjkmnp-tv-z]{26}");
        assertThat(received.body())
                .isEqualTo("{\"id\":\"" + id + "\",\"type\":\"quota.exceeded\",\"timestamp\":\"2026-11-22T09:30:00Z\","
                        + "\"organization_id\":\"" + organization.value() + "\",\"data\":{\"tenant_id\": \"cust_7\"}}");
        assertThat(received.header("Webhook-timestamp")).isEqualTo(Long.toString(now.getEpochSecond()));
        assertThat(received.header("Webhook-signature"))
                .isEqualTo(WebhookSignature.sign(
                        List.of(all.secret()), id, now, received.body().getBytes(StandardCharsets.UTF_8)));
        assertThat(stored()).hasSize(2).allSatisfy(delivery -> {
            assertThat(delivery.status()).isEqualTo(DeliveryStatus.DELIVERED);
            assertThat(delivery.messageId()).isEqualTo(id);
            assertThat(delivery.responseStatus()).hasValue(200);
            assertThat(delivery.responseBody()).contains("thanks");
            assertThat(delivery.nextAttemptAt()).isEmpty();
        });
        assertThat(metrics.counter("tollgate.webhooks.delivered").count()).isEqualTo(2);
    }

    @Test
    void sameCauseIsStoredOnce() {
        endpoint("/all", "*");

        assertThat(raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"))).isEqualTo(1);
        assertThat(raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"))).isZero();
        assertThat(raise(message("a", WebhookType.QUOTA_SOFT_LIMIT, "c1"))).isEqualTo(1);
        assertThat(raise(message("a", WebhookType.QUOTA_EXCEEDED, "c2"))).isEqualTo(1);
    }

    @Test
    void failureIsTriedAgainAfterItsPauseAndNotBefore() {
        endpoint("/all", "*");
        receiver.willAnswer(500, 503);
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));

        assertThat(sender.sendDue()).isEqualTo(1);
        assertThat(only().status()).isEqualTo(DeliveryStatus.FAILED);
        assertThat(only().error()).contains("answered with 500");
        assertThat(only().nextAttemptAt())
                .hasValueSatisfying(next -> assertThat(next).isBetween(now.plusSeconds(5), now.plusMillis(5_500)));
        now = now.plusSeconds(4);
        assertThat(sender.sendDue()).isZero();
        now = now.plusSeconds(2);
        assertThat(sender.sendDue()).isEqualTo(1);
        now = now.plusSeconds(34);
        assertThat(sender.sendDue()).isEqualTo(1);

        assertThat(only().status()).isEqualTo(DeliveryStatus.DELIVERED);
        assertThat(only().attempts()).isEqualTo(3);
        assertThat(only().error()).isEmpty();
        assertThat(receiver.received())
                .hasSize(3)
                .extracting(received -> received.header("Webhook-id"))
                .containsOnly(only().messageId());
    }

    @Test
    void lastFailureMakesADeadLetterThatCanBeSentAgainOrDiscarded() {
        endpoint("/all", "*");
        receiver.willAnswer(500, 500, 500, 500, 500, 500, 500, 500, 500, 500);
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        int attempts = 0;
        for (int i = 0; i < 12; i++) {
            attempts += sender.sendDue();
            now = now.plus(Duration.ofHours(14));
        }

        assertThat(attempts).isEqualTo(9);
        assertThat(only().status()).isEqualTo(DeliveryStatus.DEAD);
        assertThat(deliveries.backlog()).isEqualTo(new DeliveryQueue.Backlog(0, 1));
        assertThat(deliveries.list(10, Optional.empty()))
                .extracting(DeadLetter::id, DeadLetter::attempts, DeadLetter::error)
                .containsExactly(tuple(only().id(), 9, "answered with 500"));

        assertThat(deliveries.retry(only().id())).isTrue();
        assertThat(sender.sendDue()).isEqualTo(1);
        assertThat(only().status()).isEqualTo(DeliveryStatus.FAILED);
        assertThat(only().attempts()).isEqualTo(1);
        assertThat(deliveries.discard(only().id())).isFalse();

        receiver.willAnswer(500, 500, 500, 500, 500, 500, 500, 500);
        for (int i = 0; i < 9; i++) {
            now = now.plus(Duration.ofHours(14));
            sender.sendDue();
        }
        assertThat(only().status()).isEqualTo(DeliveryStatus.DEAD);
        assertThat(deliveries.discard(only().id())).isTrue();
        assertThat(deliveries.list(10, Optional.empty())).isEmpty();
        assertThat(deliveries.retry(only().id())).isFalse();
        assertThat(only().status()).isEqualTo(DeliveryStatus.DEAD);
    }

    @Test
    void organizationSendsItsOwnDeliveryAgainAndNoOtherDoes() {
        endpoint("/all", "*");
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        sender.sendDue();

        assertThat(deliveries.retry(newOrganization(), only().id())).isEmpty();
        assertThat(deliveries.retry(organization, only().id()))
                .hasValueSatisfying(again -> assertThat(again.status()).isEqualTo(DeliveryStatus.PENDING));
        assertThat(sender.sendDue()).isEqualTo(1);
        assertThat(receiver.received()).hasSize(2);
    }

    @Test
    void messagesOfATenantGoInOrderAndOneFailureDoesNotStopThem() {
        endpoint("/all", "*");
        for (int i = 0; i < 3; i++) {
            raise(message("a", WebhookType.QUOTA_EXCEEDED, "a" + i));
        }
        List<String> made = stored().stream().map(StoredDelivery::id).toList();

        List<DueDelivery> first = deliveries.claim(now, now.plus(CLAIM), 10);
        assertThat(first).hasSize(1);
        assertThat(deliveries.claim(now, now.plus(CLAIM), 10)).isEmpty();
        deliveries.settle(first.getFirst(), REFUSED, new Settlement.TryAgain(now.plusSeconds(5)), now);
        List<DueDelivery> second = deliveries.claim(now, now.plus(CLAIM), 10);
        assertThat(second).hasSize(1).doesNotContainAnyElementsOf(first);
        now = now.plusSeconds(5);
        deliveries.settle(second.getFirst(), REFUSED, new Settlement.TryAgain(now.plusSeconds(5)), now);

        // What is tried again goes before what was raised after it.
        assertThat(deliveries.claim(now, now.plus(CLAIM), 10))
                .extracting(DueDelivery::id)
                .containsExactly(first.getFirst().id());
        assertThat(made).contains(first.getFirst().id(), second.getFirst().id());
    }

    @Test
    void backlogOfADeadEndpointNeitherStarvesOthersNorMakesClaimsDearer() throws Exception {
        String dead = endpoint("/dead", "quota.exceeded").endpoint().id();
        endpoint("/alive", "limit.breached");
        backlog(dead, 100_000);
        for (int i = 0; i < 3; i++) {
            raise(message("t" + i, WebhookType.LIMIT_BREACHED, "c" + i));
        }
        jdbi.useHandle(handle -> handle.execute("ANALYZE webhook_deliveries, webhook_lanes"));

        List<String> paths = new ArrayList<>();
        // What one connection reads can be told from what everything else does.
        try (Connection connection = database.getConnection()) {
            Jdbi own = Jdbi.create(connection).installPlugin(new PostgresPlugin());
            PostgresDeliveries queue = new PostgresDeliveries(own, Optional.of(BOX), clock);
            for (int round = 0; round < 3; round++) {
                long before = rowsRead(connection);
                List<DueDelivery> due = queue.claim(now, now.plus(CLAIM), 4);
                assertThat(due).isNotEmpty();
                for (DueDelivery one : due) {
                    String path = URI.create(one.url()).getPath();
                    paths.add(path);
                    Attempt attempt = path.equals("/alive") ? new Attempt.Taken(200, "") : REFUSED;
                    queue.settle(one, attempt, Settlement.after(attempt, one.attempts() + 1, now, 0), now);
                }
                assertThat(rowsRead(connection) - before)
                        .as("rows and index entries read by a claim and its settlements")
                        .isLessThan(2_000);
                now = now.plusSeconds(1);
            }
        }
        assertThat(paths).filteredOn("/alive"::equals).hasSize(3);
    }

    /// Rows of one endpoint, of many tenants, that its lanes know of.
    private void backlog(String endpointId, int rows) {
        jdbi.useHandle(handle -> {
            handle.createUpdate("""
                            INSERT INTO webhook_deliveries
                                (id, message_id, organization_id, tenant_id, endpoint_id, message_type, data, status,
                                 attempts, due_at, created_at, queued)
                            SELECT 'msg_' || n, 'msg_' || n, :organization, 't' || n % 1000, :endpoint, 'quota.exceeded',
                                   '{}', 'pending', 0, :at, :at, true
                            FROM generate_series(1, :rows) AS n
                            """)
                    .bind("organization", organization.value())
                    .bind("endpoint", endpointId)
                    .bind("at", START.minusSeconds(3_600).atOffset(ZoneOffset.UTC))
                    .bind("rows", rows)
                    .execute();
            handle.execute("INSERT INTO webhook_lanes (destination, slot, endpoint_id, next_at)"
                    + " SELECT destination, slot, min(endpoint_id), min(due_at) FROM webhook_deliveries"
                    + " GROUP BY destination, slot");
        });
    }

    /// What statements so far read of deliveries and lanes, by whatever plan.
    private static long rowsRead(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_stat_force_next_flush()");
            try (ResultSet row = statement.executeQuery(
                    "SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname LIKE 'webhook%')"
                            + " + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname LIKE 'webhook%')")) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    @Test
    void retryByHandDuringAnAttemptIsSentAnewWhateverBecomesOfTheAttempt() {
        endpoint("/all", "*");
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        DueDelivery inHand = deliveries.claim(now, now.plus(CLAIM), 10).getFirst();

        deliveries.retry(organization, inHand.id());
        deliveries.settle(inHand, REFUSED, new Settlement.Dead(), now);
        assertThat(only().status()).isEqualTo(DeliveryStatus.PENDING);
        assertThat(sender.sendDue()).isEqualTo(1);
        assertThat(only().status()).isEqualTo(DeliveryStatus.DELIVERED);
    }

    @Test
    void destinationIsNotFlooded() {
        endpoint("/all", "*");
        for (int i = 0; i < 10; i++) {
            raise(message("t" + i, WebhookType.QUOTA_EXCEEDED, "c"));
            raise(message("t" + i, WebhookType.QUOTA_EXCEEDED, "c" + i));
        }

        assertThat(deliveries.claim(now, now.plus(CLAIM), 100)).hasSize(4);
        assertThat(deliveries.claim(now, now.plus(CLAIM), 100)).isEmpty();
    }

    @Test
    void sendersOfSeveralProcessesSendEachRowOnce() throws Exception {
        endpoint("/all", "*");
        for (int i = 0; i < 40; i++) {
            raise(message("t" + i, WebhookType.QUOTA_EXCEEDED, "c" + i));
        }
        List<String> sent = new CopyOnWriteArrayList<>();
        Outgoing counting = (url, headers, body) -> {
            sent.add(headers.get("webhook-id"));
            return new Attempt.Taken(200, "");
        };
        Callable<Integer> untilNothingIsDue = () -> {
            DeliverySender own = new DeliverySender(
                    new PostgresDeliveries(jdbi, Optional.of(BOX), clock),
                    counting,
                    clock,
                    new Random(1),
                    new SimpleMeterRegistry());
            int total = 0;
            for (int round = 0; round < 40 && deliveries.backlog().pending() > 0; round++) {
                total += own.sendDue();
            }
            return total;
        };
        try (var threads = Executors.newFixedThreadPool(2)) {
            int total = 0;
            for (Future<Integer> one : threads.invokeAll(List.of(untilNothingIsDue, untilNothingIsDue))) {
                total += one.get();
            }
            assertThat(total).isEqualTo(40);
        }
        assertThat(sent).hasSize(40).doesNotHaveDuplicates();
    }

    @Test
    void whatADeadSenderHadInHandIsSentByAnother() {
        endpoint("/all", "*");
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        List<DueDelivery> inHand = deliveries.claim(now, now.plus(CLAIM), 10);
        assertThat(inHand).hasSize(1);

        now = now.plusSeconds(59);
        assertThat(sender.sendDue()).isZero();
        now = now.plusSeconds(1);
        assertThat(sender.sendDue()).isEqualTo(1);
        assertThat(only().status()).isEqualTo(DeliveryStatus.DELIVERED);

        // The first one was not dead but slow; its word comes too late.
        deliveries.settle(inHand.getFirst(), REFUSED, new Settlement.Dead(), now);
        assertThat(only().status()).isEqualTo(DeliveryStatus.DELIVERED);
    }

    @Test
    void bothSecretsSignDuringARotation() {
        EndpointCreation.Created made = endpoint("/all", "*");
        String next = endpoints
                .rotate(organization, made.endpoint().id(), Duration.ofHours(1))
                .orElseThrow()
                .secret();
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        sender.sendDue();
        now = now.plus(Duration.ofHours(1));
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c2"));
        sender.sendDue();

        List<List<String>> secrets = List.of(List.of(next, made.secret()), List.of(next));
        List<Instant> times = List.of(START, now);
        for (int i = 0; i < 2; i++) {
            Receiver.Received received = receiver.received().get(i);
            assertThat(received.header("Webhook-signature"))
                    .isEqualTo(WebhookSignature.sign(
                            secrets.get(i),
                            received.header("Webhook-id"),
                            times.get(i),
                            received.body().getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void bareUrlIsSignedWithTheCredentialAndUnsignedWithoutOne() {
        String url = receiver.url("/limit");
        assertThat(raise(message("a", WebhookType.LIMIT_BREACHED, "c1", url, url, receiver.url("/b"))))
                .isEqualTo(2);
        assertThat(sender.sendDue()).isEqualTo(2);
        assertThat(receiver.received())
                .allSatisfy(received -> assertThat(received.headers()).doesNotContainKey("Webhook-signature"));

        String sealedFor = SecretPlace.credential(organization, "webhook_secret", "main");
        jdbi.useHandle(handle -> handle.execute(
                "INSERT INTO integration_credentials (id, organization_id, key_type, key_name, ciphertext, created_at,"
                        + " updated_at) VALUES (?, ?, 'webhook_secret', 'main', ?, now(), now())",
                UUID.randomUUID().toString(),
                organization.value(),
                BOX.seal("{\"primary\":\"p1\",\"secondary\":\"s1\"}", sealedFor)));
        raise(message("a", WebhookType.LIMIT_BREACHED, "c2", url));
        sender.sendDue();
        Receiver.Received signed = receiver.received().getLast();
        assertThat(signed.header("Webhook-signature"))
                .isEqualTo(WebhookSignature.sign(
                        List.of("p1", "s1"),
                        signed.header("Webhook-id"),
                        now,
                        signed.body().getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void disabledEndpointGetsNothingNewAndKeepsWhatWaits() {
        String id = endpoint("/all", "*").endpoint().id();
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        enable(id, false);

        assertThat(raise(message("a", WebhookType.QUOTA_EXCEEDED, "c2"))).isZero();
        assertThat(sender.sendDue()).isZero();
        enable(id, true);
        assertThat(sender.sendDue()).isEqualTo(1);
    }

    @Test
    void whatWaitsForADisabledEndpointIsNotLookedAtUntilItIsEnabled() {
        String id = endpoint("/all", "*").endpoint().id();
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c2"));
        enable(id, false);
        assertThat(sender.sendDue()).isZero();
        assertThat(dueLanes()).isZero();

        enable(id, true);
        assertThat(dueLanes()).isEqualTo(1);
        assertThat(sender.sendDue()).isEqualTo(1);
        assertThat(sender.sendDue()).isEqualTo(1);
        assertThat(lanes()).isZero();
    }

    @Test
    void endpointThatIsDisabledDuringAnAttemptIsParkedAfterIt() {
        String id = endpoint("/all", "*").endpoint().id();
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        DueDelivery inHand = deliveries.claim(now, now.plus(CLAIM), 10).getFirst();
        enable(id, false);
        deliveries.settle(inHand, REFUSED, new Settlement.TryAgain(now.plusSeconds(5)), now);

        now = now.plusSeconds(5);
        assertThat(sender.sendDue()).isZero();
        enable(id, true);
        assertThat(sender.sendDue()).isEqualTo(1);
    }

    @Test
    void backlogOfADeletedEndpointIsPutAsideInPortions() {
        String id = endpoint("/all", "*").endpoint().id();
        backlog(id, 2_500);
        enable(id, false);
        assertThat(sender.sendDue()).isZero();
        endpoints.delete(organization, id);

        assertThat(sender.sendDue()).isZero();
        assertThat(deliveries.backlog().pending()).isEqualTo(1_500);
        assertThat(sender.sendDue()).isZero();
        assertThat(sender.sendDue()).isZero();
        assertThat(deliveries.backlog()).isEqualTo(new DeliveryQueue.Backlog(0, 0));
        assertThat(lanes()).isZero();
        assertThat(receiver.received()).isEmpty();
    }

    private int dueLanes() {
        return count("SELECT count(*) FROM webhook_lanes WHERE NOT parked");
    }

    private int lanes() {
        return count("SELECT count(*) FROM webhook_lanes");
    }

    private int count(String sql) {
        return jdbi.withHandle(
                handle -> handle.createQuery(sql).mapTo(int.class).one());
    }

    private void enable(String id, boolean enabled) {
        endpoints.change(
                organization,
                id,
                terms -> new EndpointTerms(terms.url(), terms.eventTypes(), terms.description(), enabled));
    }

    @Test
    void deletedEndpointGetsNothingMoreAndLeavesNoDeadLetter() {
        String id = endpoint("/all", "*").endpoint().id();
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        endpoints.delete(organization, id);

        assertThat(sender.sendDue()).isZero();
        assertThat(only().status()).isEqualTo(DeliveryStatus.DEAD);
        assertThat(deliveries.backlog()).isEqualTo(new DeliveryQueue.Backlog(0, 0));
    }

    @Test
    void secretOfAnotherKeyFailsTheAttemptAndSaysWhy() {
        endpoint("/all", "*");
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        SecretBox other = new SecretBox("some other encryption key", List.of());
        new DeliverySender(new PostgresDeliveries(jdbi, Optional.of(other), clock), http, clock, new Random(1), metrics)
                .sendDue();

        assertThat(receiver.received()).isEmpty();
        assertThat(only().error()).hasValueSatisfying(error -> assertThat(error).contains("ENCRYPTION_KEY_PREVIOUS"));
    }

    @Test
    void oldDeliveriesArePurgedAndUnhandledDeadOnesAreNot() {
        endpoint("/all", "*");
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        sender.sendDue();
        raise(message("b", WebhookType.QUOTA_EXCEEDED, "c2"));
        DueDelivery dead = deliveries.claim(now, now.plus(CLAIM), 1).getFirst();
        deliveries.settle(dead, REFUSED, new Settlement.Dead(), now);

        assertThat(deliveries.purge(now, 10)).isZero();
        assertThat(deliveries.purge(now.plusSeconds(1), 10)).isEqualTo(1);
        assertThat(only().id()).isEqualTo(dead.id());
        deliveries.discard(dead.id());
        assertThat(deliveries.purge(now.plusSeconds(1), 10)).isEqualTo(1);
        assertThat(stored()).isEmpty();
    }

    @Test
    void pagesFollowEachOther() {
        endpoint("/all", "*");
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            raise(message("a", WebhookType.QUOTA_EXCEEDED, "c" + i));
            now = now.plusSeconds(1);
        }
        Deliveries.Query query =
                new Deliveries.Query(organization, Optional.empty(), Optional.empty(), 2, Optional.empty());
        Deliveries.Page page = deliveries.list(query);
        page.deliveries().forEach(one -> made.add(one.id()));
        while (page.next().isPresent()) {
            page = deliveries.list(
                    new Deliveries.Query(organization, Optional.empty(), Optional.empty(), 2, page.next()));
            page.deliveries().forEach(one -> made.add(one.id()));
        }
        assertThat(made).hasSize(5).doesNotHaveDuplicates();
        assertThat(Map.of("all", made).get("all"))
                .containsExactlyElementsOf(
                        stored().stream().map(StoredDelivery::id).toList());
    }

    @Test
    void runningSenderSendsWhatIsRaised() {
        endpoint("/all", "*");
        raise(message("a", WebhookType.QUOTA_EXCEEDED, "c1"));
        sender.start();
        try {
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (only().status() != DeliveryStatus.DELIVERED && System.nanoTime() < deadline) {
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
            assertThat(only().status()).isEqualTo(DeliveryStatus.DELIVERED);
        } finally {
            sender.stop(Duration.ofSeconds(5));
        }
    }
}
