package io.tollgate.control.provider.http;

import static io.tollgate.control.provider.http.StripeMessages.event;
import static io.tollgate.control.provider.http.StripeMessages.invoice;
import static io.tollgate.control.provider.http.StripeMessages.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.deadletter.DeadLetterShelf;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.secret.SecretPlace;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.provider.BillingResets;
import io.tollgate.control.provider.Editions;
import io.tollgate.control.provider.EventWorker;
import io.tollgate.control.provider.ProviderEvents;
import io.tollgate.control.provider.ReceivedEvents;
import io.tollgate.control.provider.Subscriptions;
import io.tollgate.control.provider.WebhookSecrets;
import io.tollgate.control.provider.postgres.PostgresBillingResets;
import io.tollgate.control.provider.postgres.PostgresProviderEvents;
import io.tollgate.control.provider.postgres.PostgresSubscriptions;
import io.tollgate.control.provider.postgres.PostgresWebhookSecrets;
import io.tollgate.control.provider.stripe.StripeFacts;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StripeWebhookIT {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private static final Instant PERIOD_END = Instant.parse("2026-12-22T10:00:00Z");
    private static final String PLATFORM = "/api/v1/webhooks/stripe";
    private static final TestControl CONTROL = new TestControl(START);
    private static final SecretBox BOX = new SecretBox("a key of enough characters", List.of());
    private static final Editions EDITIONS = new Editions(Map.of("price_pro", "pro", "price_scale", "scale"));
    private static final PostgresProviderEvents EVENTS =
            new PostgresProviderEvents(CONTROL.changes(), new StripeFacts(), EDITIONS);
    private static final EventWorker WORKER = new EventWorker(EVENTS, () -> START, new SimpleMeterRegistry());

    private OrganizationId organization = new OrganizationId("none");
    private String endpoint = "";
    private String customer = "";

    @BeforeAll
    static void start() {
        CONTROL.with(ProviderEvents.class, EVENTS)
                .with(DeadLetterShelf.class, EVENTS)
                .with(EventWorker.class, WORKER)
                .with(ReceivedEvents.class, new ReceivedEvents(new SimpleMeterRegistry()))
                .with(Subscriptions.class, new PostgresSubscriptions(CONTROL.changes(), EDITIONS))
                .with(BillingResets.class, new PostgresBillingResets(CONTROL.changes()))
                .with(
                        WebhookSecrets.class,
                        new PostgresWebhookSecrets(
                                CONTROL.jdbi(), Optional.of(BOX), Optional.of(StripeMessages.SECRET)))
                .start();
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    @BeforeEach
    void newOrganization() {
        CONTROL.jdbi().useHandle(handle -> handle.execute("DELETE FROM provider_events"));
        organization = CONTROL.newOrganization();
        endpoint = PLATFORM + "/" + organization.value();
        customer = "cus_" + UUID.randomUUID();
        credential("main", "{\"secret_key\":\"sk_test_1\",\"webhook_secret\":\"" + StripeMessages.SECRET + "\"}");
        plan("p-gold", "price_gold");
        plan("p-silver", "price_silver");
        tenant("acme", customer);
    }

    private void credential(String name, String parts) {
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO integration_credentials (id, organization_id, key_type, key_name, ciphertext, created_at,"
                                + " updated_at) VALUES (?, ?, 'stripe', ?, ?, now(), now())",
                        UUID.randomUUID().toString(),
                        organization.value(),
                        name,
                        BOX.seal(parts, SecretPlace.credential(organization, "stripe", name))));
    }

    private void plan(String id, String price) {
        CONTROL.changes()
                .make(handle -> handle.execute(
                        "INSERT INTO plans (organization_id, id, plan_name, stripe_price_id, created_at, updated_at)"
                                + " VALUES (?, ?, ?, ?, now(), now())",
                        organization.value(),
                        id,
                        id,
                        price));
    }

    private void tenant(String id, String stripeCustomer) {
        CONTROL.changes()
                .make(handle -> handle.execute(
                        "INSERT INTO tenants (organization_id, tenant_id, name, status, origin, stripe_customer_id, created_at)"
                                + " VALUES (?, ?, ?, 'ACTIVE', 'api', ?, now())",
                        organization.value(),
                        id,
                        id,
                        stripeCustomer));
    }

    private void isSubscriber() {
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE organizations SET stripe_customer_id = ? WHERE id = ?",
                        customer + "_org",
                        organization.value()));
    }

    private void receive(String path, ObjectNode event) {
        HttpResponse<String> answer = StripeMessages.send(CONTROL, path, event, START);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"received\":true}");
    }

    private void process(String path, ObjectNode event) {
        receive(path, event);
        WORKER.processDue();
    }

    private Map<String, Object> tenant(String id) {
        return CONTROL.jdbi()
                .withHandle(handle -> handle.createQuery(
                                "SELECT plan_ref, stripe_price_id, stripe_customer_id, stripe_subscription_id,"
                                        + " subscription_status, subscription_ends_at::text AS ends, cycle_end::text AS period,"
                                        + " last_invoice_date::text AS invoiced FROM tenants"
                                        + " WHERE organization_id = :organization AND tenant_id = :id")
                        .bind("organization", organization.value())
                        .bind("id", id)
                        .mapToMap()
                        .one());
    }

    private Map<String, Object> subscriber() {
        return CONTROL.jdbi()
                .withHandle(handle -> handle.createQuery(
                                "SELECT plan_type, stripe_price_id, stripe_customer_id, stripe_subscription_id,"
                                        + " subscription_status, current_period_end FROM organizations WHERE id = :id")
                        .bind("id", organization.value())
                        .mapToMap()
                        .one());
    }

    private List<String> resets() {
        return CONTROL.texts(
                organization,
                "SELECT subject || ' ' || cause FROM counter_cuts WHERE organization_id = :id AND kind = 'BILLING_RESET'"
                        + " ORDER BY created_at, id");
    }

    private String status(ObjectNode event) {
        return CONTROL.jdbi()
                .withHandle(handle -> handle.createQuery(
                                "SELECT status || ' ' || retry_count || ' ' || coalesce(error, '') FROM provider_events"
                                        + " WHERE event_id = :id")
                        .bind("id", id(event))
                        .mapTo(String.class)
                        .one());
    }

    private static String id(ObjectNode event) {
        return event.path("id").textValue();
    }

    private ObjectNode subscribed(String type, Instant at, String price, String status) {
        return event(type, at, subscription("sub_" + customer, customer, price, status, PERIOD_END));
    }

    @Test
    void eventsWithoutARightSignatureAreRefusedAndNotStored() {
        String body = subscribed("customer.subscription.updated", START, "price_gold", "active")
                .toString();
        for (String header : List.of("", "t=1,v1=00", StripeMessages.signature(body, "whsec_other", START))) {
            HttpResponse<String> answer = CONTROL.exchange(
                    "nobody", "POST", endpoint, body, "Stripe-Signature", header.isEmpty() ? "-" : header);
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("Invalid signature");
        }
        HttpResponse<String> old =
                StripeMessages.send(CONTROL, endpoint, body, StripeMessages.SECRET, START.minusSeconds(400));
        assertThat(old.statusCode()).isEqualTo(400);
        assertThat(EVENTS.backlog().pending()).isZero();
    }

    @Test
    void eitherSecretOfTwoCredentialsMaySign() {
        credential("rotated", "{\"webhook_secret\":\"whsec_the_second_one\",\"description\":\"x\"}");
        String body = event("product.created", START, JsonNodeFactory.instance.objectNode())
                .toString();
        assertThat(StripeMessages.send(CONTROL, endpoint, body, "whsec_the_second_one", START)
                        .statusCode())
                .isEqualTo(200);
        assertThat(StripeMessages.send(CONTROL, endpoint, body, StripeMessages.SECRET, START)
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{",
                "{}",
                "{\"id\":\"evt_x\",\"data\":{}}",
                "{\"id\":\"evt_x\",\"type\":\"a\"}",
                "{\"id\":\"evt_x\",\"type\":\"a\",\"data\":{\"object\":{\"name\":\"\\u0000\"}}}"
            })
    void signedRubbishIsRefused(String body) {
        HttpResponse<String> answer = StripeMessages.send(CONTROL, PLATFORM, body, StripeMessages.SECRET, START);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("Invalid payload: ");
    }

    @Test
    void endpointsWithoutOrganizationOrSecretSaySo() {
        assertThat(StripeMessages.send(CONTROL, PLATFORM + "/biz_unknown", "{}", "x", START)
                        .statusCode())
                .isEqualTo(404);
        CONTROL.jdbi().useHandle(handle -> handle.execute("DELETE FROM integration_credentials"));
        HttpResponse<String> answer = StripeMessages.send(CONTROL, endpoint, "{}", StripeMessages.SECRET, START);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("NOT_CONFIGURED");
    }

    @Test
    void bothPlatformPathsTakeTheSameEventOnce() throws Exception {
        ObjectNode event = event("product.created", START, JsonNodeFactory.instance.objectNode());
        receive(PLATFORM, event);
        receive("/api/webhooks/stripe", event);
        assertThat(TestControl.concurrently(
                        8,
                        () -> StripeMessages.send(CONTROL, PLATFORM, event, START)
                                .statusCode()))
                .containsOnly(200);
        assertThat(EVENTS.backlog().pending()).isEqualTo(1);
        assertThat(WORKER.processDue()).isEqualTo(1);
        assertThat(status(event)).isEqualTo("completed 0 ");
    }

    @Test
    void aSubscriptionGivesItsPlanAndIsPublished() {
        process(endpoint, subscribed("customer.subscription.created", START, "price_gold", "active"));
        assertThat(tenant("acme"))
                .containsEntry("plan_ref", "p-gold")
                .containsEntry("stripe_price_id", "price_gold")
                .containsEntry("stripe_subscription_id", "sub_" + customer)
                .containsEntry("subscription_status", "active")
                .containsEntry("ends", null);
        assertThat(CONTROL.lastPublished("tollgate.definitions.tenants", organization.value() + "/acme")
                        .path("plan_ref")
                        .textValue())
                .isEqualTo("p-gold");
    }

    @Test
    void flatFormsAreRead() {
        ObjectNode object = JsonNodeFactory.instance
                .objectNode()
                .put("subscription", "sub_flat")
                .put("customer", customer)
                .put("price_id", "price_silver")
                .put("status", "active")
                .put("current_period_end", PERIOD_END.getEpochSecond());
        process(endpoint, event("customer.subscription.updated", START, object));
        assertThat(tenant("acme"))
                .containsEntry("plan_ref", "p-silver")
                .containsEntry("stripe_subscription_id", "sub_flat");
        assertThat(String.valueOf(tenant("acme").get("period"))).startsWith("2026-12-22 ");
    }

    @Test
    void olderEventsDoNotUndoNewerOnes() {
        process(endpoint, subscribed("customer.subscription.updated", START.minusSeconds(10), "price_gold", "active"));
        ObjectNode late =
                subscribed("customer.subscription.updated", START.minusSeconds(20), "price_silver", "past_due");
        process(endpoint, late);
        process(
                endpoint,
                subscribed("customer.subscription.created", START.minusSeconds(10), "price_silver", "trialing"));
        assertThat(status(late)).isEqualTo("completed 0 ");
        assertThat(tenant("acme")).containsEntry("plan_ref", "p-gold").containsEntry("subscription_status", "active");
    }

    /// A payment may be told of before the subscription that it is for; both count, the status of the newer one holds.
    @Test
    void anInvoiceDoesNotHideAnOlderSubscription() {
        process(
                endpoint,
                event(
                        "invoice.payment_failed",
                        START.minusSeconds(1),
                        invoice("in_" + customer, customer, "sub_" + customer, "subscription_cycle", PERIOD_END)));
        process(endpoint, subscribed("customer.subscription.created", START.minusSeconds(5), "price_gold", "active"));
        assertThat(tenant("acme")).containsEntry("plan_ref", "p-gold").containsEntry("subscription_status", "past_due");
    }

    @Test
    void deletionEndsTheSubscriptionAndKeepsTheRecord() {
        process(endpoint, subscribed("customer.subscription.created", START.minusSeconds(9), "price_gold", "active"));
        ObjectNode gone = subscribed("customer.subscription.deleted", START, "price_gold", "canceled");
        ((ObjectNode) gone.path("data").path("object")).put("ended_at", START.getEpochSecond());
        process(endpoint, gone);
        assertThat(tenant("acme")).containsEntry("plan_ref", "p-gold").containsEntry("subscription_status", "canceled");
        assertThat(String.valueOf(tenant("acme").get("ends"))).startsWith("2026-11-22 ");
    }

    @ParameterizedTest
    @CsvSource({"subscription_cycle, 1", "subscription_create, 1", "manual, 0", "subscription_update, 0", ", 1"})
    void anInvoiceResetsOnceWhenItBeginsACycle(String reason, int resets) {
        String id = "in_" + customer + reason;
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        """
                        INSERT INTO metrics (organization_id, subject, name, operation, metric_type, flush_seconds, batch_seconds,
                            initial_value, limit_operator, breach_action, limit_period, metadata, created_at)
                        VALUES (?, 'tenant:acme', 'calls', 'SUM', 'stripe_billing', 60, 60, 0, 'gte', 'disabled', 'realtime',
                            '{"integrations":{"stripe":{"price_id":"price_1"}}}', ?)
                        """, organization.value(), START.minusSeconds(60).atOffset(ZoneOffset.UTC)));
        for (String type : List.of("invoice.finalized", "invoice.created", "invoice.finalized")) {
            ObjectNode made = invoice(id, customer, "sub_" + customer, reason, PERIOD_END);
            if (reason == null) {
                made.remove("billing_reason");
            }
            process(endpoint, event(type, START, made));
        }
        assertThat(resets()).hasSize(resets);
        assertThat(
                        CONTROL.texts(
                                organization,
                                "SELECT meter || ' ' || extract(epoch FROM cycle_end)::bigint FROM stripe_reports WHERE organization_id = :id"))
                .as("closed cycles")
                .isEqualTo(Collections.nCopies(resets, "calls " + START.getEpochSecond()));
        if (resets == 1) {
            assertThat(resets()).containsExactly("tenant:acme invoice:" + id);
            assertThat(CONTROL.published("tollgate.usage-events"))
                    .anyMatch(row -> row.recordKey().equals(organization.value() + "/tenant:acme"));
        }
        assertThat(String.valueOf(tenant("acme").get("invoiced"))).startsWith("2026-11-22 ");
    }

    @Test
    void paymentsTellTheStatus() {
        process(endpoint, subscribed("customer.subscription.created", START.minusSeconds(9), "price_gold", "active"));
        String[] types = {"invoice.payment_failed", "invoice.paid", "invoice.payment_succeeded"};
        String[] after = {"past_due", "active", "active"};
        for (int i = 0; i < types.length; i++) {
            process(
                    endpoint,
                    event(
                            types[i],
                            START.plusSeconds(i),
                            invoice("in_" + customer, customer, "sub_" + customer, "subscription_cycle", PERIOD_END)));
            assertThat(tenant("acme")).as(types[i]).containsEntry("subscription_status", after[i]);
        }
    }

    /// U+001C is blank to Java, and not to PostgreSQL.
    @Test
    void aPaymentHoldsThoughThePlansImageCannotRun() {
        CONTROL.changes()
                .make(handle -> handle.execute(
                        "UPDATE plans SET machines = 2, docker_image = U&'\\001C' WHERE organization_id = ? AND id = ?",
                        organization.value(),
                        "p-gold"));
        process(
                endpoint,
                StripeMessages.event(
                        "customer.subscription.created",
                        START,
                        StripeMessages.subscription("sub_m", customer, "price_gold", "past_due", PERIOD_END)));

        process(
                endpoint,
                StripeMessages.event(
                        "invoice.paid",
                        START.plusSeconds(1),
                        StripeMessages.invoice("in_m", customer, "sub_m", "subscription_cycle", PERIOD_END)));

        assertThat(tenant("acme")).containsEntry("subscription_status", "active");
        assertThat(CONTROL.texts(organization, "SELECT task_key FROM provisioning_tasks WHERE organization_id = :id"))
                .isEmpty();
    }

    @Test
    void aPaymentMakesTheMachinesOfItsPlanOnce() {
        CONTROL.changes()
                .make(handle -> handle.execute(
                        "UPDATE plans SET machines = 2, docker_image = 'acme/app:1' WHERE organization_id = ? AND id = ?",
                        organization.value(),
                        "p-gold"));
        ObjectNode invoice = StripeMessages.invoice("in_m", customer, "sub_m", "subscription_cycle", PERIOD_END);
        ((ObjectNode) invoice.required("lines").required("data").required(0))
                .putObject("pricing")
                .putObject("price_details")
                .put("price", "price_gold");

        process(endpoint, StripeMessages.event("invoice.payment_succeeded", START, invoice));
        process(endpoint, StripeMessages.event("invoice.paid", START.plusSeconds(1), invoice));

        // Stripe has not told yet which plan the tenant is on: the invoice's price decides.
        assertThat(CONTROL.texts(
                        organization,
                        "SELECT tenant_id || ' ' || docker_image || ' ' || extract(epoch FROM expires_at)::bigint"
                                + " FROM provisioning_tasks WHERE organization_id = :id"))
                .hasSize(2)
                .containsOnly("acme acme/app:1 " + START.plusSeconds(2_851_200).getEpochSecond());

        process(
                endpoint,
                StripeMessages.event(
                        "customer.subscription.created",
                        START,
                        StripeMessages.subscription("sub_m", customer, "price_gold", "active", PERIOD_END)));
        process(
                endpoint,
                StripeMessages.event(
                        "invoice.paid",
                        START.plusSeconds(2),
                        StripeMessages.invoice("in_n", customer, "sub_m", "subscription_cycle", PERIOD_END)));
        assertThat(CONTROL.texts(organization, "SELECT task_key FROM provisioning_tasks WHERE organization_id = :id"))
                .as("by the tenant's plan where the invoice names no price")
                .hasSize(4);

        process(
                endpoint,
                StripeMessages.event(
                        "invoice.paid",
                        START.minusSeconds(2_851_200),
                        StripeMessages.invoice("in_old", customer, "sub_m", "subscription_cycle", PERIOD_END)));
        assertThat(CONTROL.texts(organization, "SELECT task_key FROM provisioning_tasks WHERE organization_id = :id"))
                .as("nothing for what would have ended by now")
                .hasSize(4);
    }

    @Test
    void aCheckoutLinksAndLetsEarlierEventsHaveTheirEffect() {
        tenant("newcomer", null);
        ObjectNode early = event(
                "customer.subscription.created",
                START,
                subscription("sub_new", "cus_new" + customer, "price_gold", "trialing", PERIOD_END));
        process(endpoint, early);
        assertThat(status(early)).startsWith("failed 1 unknown customer");
        ObjectNode session = JsonNodeFactory.instance
                .objectNode()
                .put("id", "cs_test_" + customer)
                .put("object", "checkout.session")
                .put("mode", "subscription")
                .put("client_reference_id", "newcomer")
                .put("customer", "cus_new" + customer)
                .put("subscription", "sub_new")
                .put("payment_status", "paid");
        process(endpoint, event("checkout.session.completed", START.plusSeconds(1), session));
        assertThat(status(early)).startsWith("completed");
        assertThat(tenant("newcomer"))
                .containsEntry("stripe_customer_id", "cus_new" + customer)
                .containsEntry("stripe_subscription_id", "sub_new")
                .containsEntry("plan_ref", "p-gold")
                .containsEntry("subscription_status", "trialing");
    }

    @Test
    void whatIsUnknownIsKeptAsFailedAndWhatConcernsNobodyIsDone() {
        ObjectNode price = subscribed("customer.subscription.updated", START, "price_unheard", "active");
        ObjectNode other = event(
                "payout.paid", START, JsonNodeFactory.instance.objectNode().put("id", "po_1"));
        process(endpoint, price);
        process(endpoint, other);
        assertThat(status(price)).isEqualTo("failed 1 unknown price: no plan has price_unheard");
        assertThat(status(other)).isEqualTo("completed 0 ");
        assertThat(tenant("acme")).containsEntry("subscription_status", null).containsEntry("plan_ref", null);
        JsonNode failed = CONTROL.send("admin", "GET", "/admin/webhooks/failed?business_id=" + organization.value(), "")
                .json()
                .path("events");
        assertThat(failed).hasSize(1);
        assertThat(failed.get(0).path("event_id").textValue()).isEqualTo(id(price));
        assertThat(failed.get(0).path("error_message").textValue()).contains("price_unheard");
        assertThat(failed.get(0).path("retry_count").intValue()).isEqualTo(1);
        assertThat(CONTROL.send("admin", "GET", "/admin/webhooks/failed?business_id=biz_x", "")
                        .json()
                        .path("events"))
                .isEmpty();
    }

    @Test
    void theFiveAttemptsEndAndTheEventStaysFailed() {
        ObjectNode event = subscribed("customer.subscription.updated", START, "price_unheard", "active");
        process(endpoint, event);
        for (int failures = 2; failures <= 6; failures++) {
            assertThat(WORKER.processDue()).as("before its time").isZero();
            CONTROL.jdbi()
                    .useHandle(
                            handle -> handle.execute(
                                    "UPDATE provider_events SET next_attempt_at = received_at WHERE next_attempt_at IS NOT NULL"));
            assertThat(WORKER.processDue()).isEqualTo(1);
            assertThat(status(event)).startsWith("failed " + failures + " ");
        }
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE provider_events SET next_attempt_at = received_at WHERE next_attempt_at IS NOT NULL"));
        assertThat(WORKER.processDue()).isZero();
    }

    @Test
    void retryAndReplayHaveTheirEffectOnce() {
        ObjectNode made = event(
                "invoice.created",
                START,
                invoice("in_late" + customer, "cus_late" + customer, "sub_x", "subscription_cycle", PERIOD_END));
        process(endpoint, made);
        String retry = "/admin/webhooks/retry/" + id(made);
        Answer refused = CONTROL.send("admin", "POST", retry, "");
        assertThat(refused.status()).isEqualTo(500);
        assertThat(refused.text()).contains("Retry failed");
        assertThat(status(made)).startsWith("failed 2 ");
        tenant("late", "cus_late" + customer);
        Answer done = CONTROL.send("admin", "POST", retry, "");
        assertThat(done).isEqualTo(new Answer(200, "Retry successful"));
        assertThat(CONTROL.send("admin", "POST", retry, "").status()).isEqualTo(200);
        String replay = "/admin/v1/replay/" + organization.value() + "/" + id(made);
        Answer replayed = CONTROL.send("admin", "POST", replay, "");
        assertThat(replayed.json().path("replayed").booleanValue()).isTrue();
        assertThat(resets()).containsExactly("tenant:late invoice:in_late" + customer);
        assertThat(CONTROL.auditedActions(organization))
                .containsExactly("retry_webhook", "retry_webhook", "retry_webhook", "replay_webhook");
        assertThat(CONTROL.send("admin", "POST", "/admin/webhooks/retry/evt_unknown", "")
                        .status())
                .isEqualTo(404);
        assertThat(CONTROL.send("admin", "POST", "/admin/v1/replay/biz_other/" + id(made), "")
                        .status())
                .isEqualTo(404);
    }

    /// A process that dies after it has answered leaves the event to the next one; one that dies in the middle of the
    /// effect
    /// has changed nothing.
    @Test
    void whatAProcessHasStoredTheNextOneProcesses() throws Exception {
        ObjectNode event = subscribed("customer.subscription.created", START, "price_gold", "active");
        receive(endpoint, event);
        CONTROL.jdbi().useHandle(handle -> handle.execute("ALTER TABLE provider_objects RENAME TO away"));
        try {
            assertThat(WORKER.processDue()).isEqualTo(1);
            assertThat(status(event)).startsWith("pending 1 it could not be processed");
            assertThat(tenant("acme")).containsEntry("plan_ref", null);
        } finally {
            CONTROL.jdbi().useHandle(handle -> handle.execute("ALTER TABLE away RENAME TO provider_objects"));
        }
        CONTROL.jdbi().useHandle(handle -> handle.execute("UPDATE provider_events SET next_attempt_at = received_at"));
        EventWorker next = new EventWorker(
                new PostgresProviderEvents(CONTROL.changes(), new StripeFacts(), EDITIONS),
                () -> START,
                new SimpleMeterRegistry());
        Set<Integer> attempts = new HashSet<>(TestControl.concurrently(4, next::processDue));
        assertThat(attempts.stream().mapToInt(Integer::intValue).sum()).isEqualTo(1);
        assertThat(status(event)).startsWith("completed");
        assertThat(tenant("acme")).containsEntry("plan_ref", "p-gold");
    }

    @Test
    void failedEventsAreDeadLetters() {
        ObjectNode event = subscribed("customer.subscription.updated", START, "price_unheard", "active");
        process(endpoint, event);
        JsonNode letter = CONTROL.send("admin", "GET", "/admin/v1/dead-letters?kind=provider", "")
                .json()
                .path("dead_letters")
                .get(0);
        String letterId = letter.path("id").textValue();
        assertThat(letterId).isEqualTo("stripe:" + organization.value() + ":" + id(event));
        assertThat(CONTROL.send("admin", "POST", "/admin/v1/dead-letters/" + letterId + "/retry", "")
                        .status())
                .isEqualTo(200);
        WORKER.processDue();
        assertThat(status(event)).startsWith("failed 1 ");
        assertThat(CONTROL.send("admin", "POST", "/admin/v1/dead-letters/" + letterId + "/discard", "")
                        .status())
                .isEqualTo(200);
        assertThat(CONTROL.send("admin", "POST", "/admin/v1/dead-letters/" + letterId + "/retry", "")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void thePlatformsEventsChangeTheOrganization() {
        String owner = customer + "_org";
        ObjectNode session = JsonNodeFactory.instance
                .objectNode()
                .put("id", "cs_" + owner)
                .put("object", "checkout.session")
                .put("customer", owner)
                .put("subscription", "sub_org" + owner);
        session.putObject("metadata").put("business_id", organization.value());
        process(PLATFORM, event("checkout.session.completed", START.minusSeconds(60), session));
        assertThat(subscriber()).containsEntry("stripe_customer_id", owner);
        process(
                PLATFORM,
                event(
                        "customer.subscription.created",
                        START.minusSeconds(50),
                        subscription("sub_org" + owner, owner, "price_pro", "active", PERIOD_END)));
        assertThat(subscriber()).containsEntry("plan_type", "pro").containsEntry("subscription_status", "active");
        ObjectNode bill = invoice(
                "in_org" + owner, owner, "sub_org" + owner, "subscription_cycle", PERIOD_END.plus(30, ChronoUnit.DAYS));
        process(PLATFORM, event("invoice.payment_failed", START.minusSeconds(40), bill));
        assertThat(subscriber()).containsEntry("subscription_status", "past_due");
        process(PLATFORM, event("invoice.paid", START.minusSeconds(30), bill));
        assertThat(subscriber()).containsEntry("subscription_status", "active");
        ObjectNode next = invoice(
                "in_org2" + owner,
                owner,
                "sub_org" + owner,
                "subscription_cycle",
                PERIOD_END.plus(30, ChronoUnit.DAYS));
        process(PLATFORM, event("invoice.finalized", START.minusSeconds(25), next));
        assertThat(String.valueOf(subscriber().get("current_period_end"))).startsWith("2027-01-2");
        process(
                PLATFORM,
                event(
                        "customer.subscription.deleted",
                        START.minusSeconds(20),
                        subscription("sub_org" + owner, owner, "price_pro", "canceled", PERIOD_END)));
        assertThat(subscriber()).containsEntry("plan_type", "free").containsEntry("subscription_status", "canceled");
        assertThat(resets()).isEmpty();
    }

    @Test
    void aPlatformEventAboutATenantHasTheTenantsEffect() {
        process(PLATFORM, subscribed("customer.subscription.created", START, "price_gold", "active"));
        assertThat(tenant("acme")).containsEntry("plan_ref", "p-gold");
        assertThat(subscriber()).containsEntry("plan_type", "free");
    }

    @Test
    void anOverrideHoldsForItsDaysAndThenWhatStripeTells() {
        process(
                endpoint,
                subscribed("customer.subscription.created", START.minusSeconds(60), "price_silver", "past_due"));
        String path = "/admin/v1/customers/" + organization.value() + "/acme/override";
        Answer answer = CONTROL.send(
                "admin", "POST", path, "{\"status\":\"active\",\"price_id\":\"price_gold\",\"expires_in_days\":7}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().path("customer_id").textValue()).isEqualTo("acme");
        assertThat(answer.json().path("override_expires_in_days").intValue()).isEqualTo(7);
        assertThat(tenant("acme")).containsEntry("plan_ref", "p-gold").containsEntry("subscription_status", "active");
        process(
                endpoint,
                subscribed("customer.subscription.updated", START.minusSeconds(30), "price_silver", "unpaid"));
        assertThat(tenant("acme")).containsEntry("plan_ref", "p-gold").containsEntry("subscription_status", "active");
        assertThat(EVENTS.endOverrides()).isZero();
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE subscription_overrides SET expires_at = expires_at - interval '7 days'"));
        assertThat(EVENTS.endOverrides()).isEqualTo(1);
        assertThat(tenant("acme")).containsEntry("plan_ref", "p-silver").containsEntry("subscription_status", "unpaid");
        assertThat(CONTROL.auditedActions(organization)).containsExactly("override_customer_subscription");
    }

    @Test
    void anOrganizationIsOverriddenUntilStripeTellsSomethingNewer() {
        String path = "/admin/v1/business/" + organization.value() + "/override";
        Answer none = CONTROL.send("admin", "POST", path, "{\"status\":\"active\"}");
        assertThat(none.status()).isEqualTo(400);
        assertThat(none.text()).contains("No Stripe Customer");
        isSubscriber();
        Answer answer = CONTROL.send("admin", "POST", path, "{\"status\":\"active\",\"price_id\":\"price_scale\"}");
        assertThat(answer.json().path("override_expires_in_days").isNull()).isTrue();
        assertThat(subscriber()).containsEntry("plan_type", "scale").containsEntry("subscription_status", "active");
        process(
                PLATFORM,
                event(
                        "customer.subscription.updated",
                        START,
                        subscription("sub_o" + customer, customer + "_org", "price_pro", "trialing", PERIOD_END)));
        assertThat(subscriber()).containsEntry("plan_type", "pro").containsEntry("subscription_status", "trialing");
        assertThat(CONTROL.send("admin", "POST", path, "{\"status\":\"golden\"}")
                        .status())
                .isEqualTo(400);
        assertThat(CONTROL.send("admin", "POST", path, "{\"status\":\"active\",\"expires_in_days\":0}")
                        .status())
                .isEqualTo(400);
        assertThat(CONTROL.send("admin", "POST", "/admin/v1/business/biz_x/override", "{\"status\":\"active\"}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void cyclesOfTenantsWithoutAPriceAreResetByTheOperator() {
        CONTROL.changes().make(handle -> handle.execute("UPDATE tenants SET plan_ref = NULL, stripe_price_id = NULL"));
        tenant("free-1", null);
        tenant("free-2", null);
        tenant("paying", null);
        CONTROL.changes()
                .make(handle -> handle.execute(
                        "UPDATE tenants SET plan_ref = 'p-gold', stripe_price_id = CASE tenant_id WHEN 'paying' THEN 'price_gold'"
                                + " END WHERE organization_id = ? AND tenant_id <> 'acme'",
                        organization.value()));
        JsonNode all =
                CONTROL.send("admin", "POST", "/admin/billing-cycle-reset", "").json();
        assertThat(all.path("status").textValue()).isEqualTo("completed");
        assertThat(all.path("total_customers").intValue()).isEqualTo(2);
        assertThat(all.path("successes").intValue()).isEqualTo(2);
        assertThat(all.path("failures").intValue()).isZero();
        assertThat(resets().stream().map(reset -> reset.split(" ", 2)[0]).collect(Collectors.toSet()))
                .containsExactlyInAnyOrder("tenant:free-1", "tenant:free-2");
        String one = "/admin/v1/customers/" + organization.value() + "/acme/reset-billing";
        assertThat(CONTROL.send("admin", "POST", one, "").json().path("message").textValue())
                .isEqualTo("Billing metrics reset");
        assertThat(resets()).hasSize(3);
        assertThat(CONTROL.send("admin", "POST", one.replace("acme", "nobody"), "")
                        .status())
                .isEqualTo(404);
        assertThat(CONTROL.auditedActions(organization)).containsExactly("billing_cycle_reset");
    }

    @Test
    void theAccountIsShown() {
        isSubscriber();
        JsonNode account = CONTROL.send("admin", "GET", "/admin/v1/business/" + organization.value(), "")
                .json();
        assertThat(account.path("business_name").textValue()).isEqualTo("Acme");
        assertThat(account.path("plan_type").textValue()).isEqualTo("free");
        assertThat(account.path("stripe_customer_id").textValue()).isEqualTo(customer + "_org");
        assertThat(CONTROL.send("admin", "GET", "/admin/v1/business/biz_x", "").status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /admin/webhooks/failed",
        "POST, /admin/webhooks/retry/evt_1",
        "POST, /admin/v1/replay/biz_1/evt_1",
        "POST, /admin/reconcile-platform",
        "POST, /admin/billing-cycle-reset",
        "POST, /admin/v1/customers/biz_1/t1/reset-billing",
        "POST, /admin/v1/customers/biz_1/t1/override",
        "POST, /admin/v1/business/biz_1/override",
        "GET, /admin/v1/business/biz_1"
    })
    void adminRoutesTakeTheAdminOnly(String method, String path) {
        for (String who : List.of(
                "nobody", organization.value(), "reader:" + organization.value(), "tenant:" + organization.value())) {
            assertThat(CONTROL.send(who, method, path, "").status()).as(who).isEqualTo(401);
        }
    }

    @Test
    void withoutAKeyForStripeNothingIsReconciled() {
        Answer answer = CONTROL.send("admin", "POST", "/admin/reconcile-platform", "");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.code()).isEqualTo("NOT_CONFIGURED");
    }
}
