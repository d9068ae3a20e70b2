package io.tollgate.control.provider.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.provider.BillingResets;
import io.tollgate.control.provider.Editions;
import io.tollgate.control.provider.EventWorker;
import io.tollgate.control.provider.ProviderEvents;
import io.tollgate.control.provider.ReceivedEvents;
import io.tollgate.control.provider.Reconciliation;
import io.tollgate.control.provider.Subscriptions;
import io.tollgate.control.provider.WebhookSecrets;
import io.tollgate.control.provider.postgres.PostgresBillingResets;
import io.tollgate.control.provider.postgres.PostgresProviderEvents;
import io.tollgate.control.provider.postgres.PostgresSubscriptions;
import io.tollgate.control.provider.postgres.PostgresWebhookSecrets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReconciliationIT {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private static final long PERIOD_END = Instant.parse("2026-12-22T10:00:00Z").getEpochSecond();
    private static final TestControl CONTROL = new TestControl(START);
    private static final StripeDouble STRIPE = new StripeDouble();

    /// The list of subscriptions as Stripe's API answers it, in pages of two.
    private static final class StripeDouble implements AutoCloseable {
        private static final int PAGE = 2;

        final List<ObjectNode> subscriptions = new CopyOnWriteArrayList<>();
        final Deque<Integer> refusals = new ConcurrentLinkedDeque<>();
        final List<String> asked = new CopyOnWriteArrayList<>();
        private final HttpServer server;

        StripeDouble() {
            try {
                server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            server.createContext("/v1/subscriptions", this::answer);
            server.start();
        }

        URI base() {
            return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        }

        private void answer(HttpExchange exchange) throws IOException {
            String query = exchange.getRequestURI().getQuery();
            asked.add(query + " " + exchange.getRequestHeaders().getFirst("Authorization"));
            Integer refusal = refusals.poll();
            ObjectNode body = refusal == null ? page(query) : error();
            byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(refusal == null ? 200 : refusal, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        }

        private static ObjectNode error() {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            body.putObject("error").put("type", "api_error").put("message", "not now");
            return body;
        }

        private ObjectNode page(String query) {
            int from = 0;
            for (int i = 0; i < subscriptions.size(); i++) {
                if (query.contains(
                        "starting_after=" + subscriptions.get(i).path("id").textValue())) {
                    from = i + 1;
                }
            }
            int to = Math.min(subscriptions.size(), from + PAGE);
            ObjectNode body = JsonNodeFactory.instance
                    .objectNode()
                    .put("object", "list")
                    .put("url", "/v1/subscriptions")
                    .put("has_more", to < subscriptions.size());
            ArrayNode data = body.putArray("data");
            subscriptions.subList(from, to).forEach(data::add);
            return body;
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    @BeforeAll
    static void start() {
        Editions editions = new Editions(Map.of("price_pro", "pro", "price_scale", "scale"));
        PostgresSubscriptions subscriptions = new PostgresSubscriptions(CONTROL.changes(), editions);
        PostgresProviderEvents events = new PostgresProviderEvents(CONTROL.changes(), new StripeFacts(), editions);
        CONTROL.with(Subscriptions.class, subscriptions)
                .with(BillingResets.class, new PostgresBillingResets(CONTROL.changes()))
                .with(ProviderEvents.class, events)
                .with(EventWorker.class, new EventWorker(events, () -> START, new SimpleMeterRegistry()))
                .with(ReceivedEvents.class, new ReceivedEvents(new SimpleMeterRegistry()))
                .with(
                        WebhookSecrets.class,
                        new PostgresWebhookSecrets(CONTROL.jdbi(), Optional.empty(), Optional.empty()))
                .with(
                        Reconciliation.class,
                        new Reconciliation(
                                new StripeSubscriptions(
                                        "sk_test_reconcile", Optional.of(STRIPE.base()), Duration.ofMillis(5)),
                                subscriptions))
                .start();
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
        STRIPE.close();
    }

    @BeforeEach
    void forget() {
        CONTROL.jdbi().useHandle(handle -> handle.execute("UPDATE organizations SET stripe_customer_id = NULL"));
        STRIPE.subscriptions.clear();
        STRIPE.refusals.clear();
        STRIPE.asked.clear();
    }

    private static OrganizationId subscriber(String customer, String status, String edition) {
        OrganizationId id = CONTROL.newOrganization();
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE organizations SET stripe_customer_id = ?, subscription_status = ?, plan_type = ? WHERE id = ?",
                        customer,
                        status,
                        edition,
                        id.value()));
        return id;
    }

    private static ObjectNode subscription(String id, String customer, String price, String status, long created) {
        ObjectNode subscription = JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", "subscription")
                .put("customer", customer)
                .put("status", status)
                .put("created", created)
                .put("cancel_at_period_end", false);
        ObjectNode item = subscription
                .putObject("items")
                .put("object", "list")
                .putArray("data")
                .addObject()
                .put("id", "si_" + id)
                .put("object", "subscription_item")
                .put("current_period_end", PERIOD_END);
        item.putObject("price").put("id", price).put("object", "price");
        return subscription;
    }

    private static String standing(OrganizationId id) {
        return CONTROL.texts(
                        id,
                        "SELECT subscription_status || ' ' || plan_type || ' ' || coalesce(stripe_subscription_id, '-')"
                                + " FROM organizations WHERE id = :id")
                .getFirst();
    }

    private static JsonNode reconcile() {
        TestControl.Answer answer = CONTROL.send("admin", "POST", "/admin/reconcile-platform", "");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static List<Integer> counts(JsonNode report) {
        List<Integer> counts = new ArrayList<>();
        for (String member : List.of("total_checked", "mismatches_found", "mismatches_fixed", "errors")) {
            counts.add(report.required(member).intValue());
        }
        return counts;
    }

    @Test
    void stripeIsRightAndOnlyRealDifferencesCount() {
        OrganizationId upgraded = subscriber("cus_a", "active", "pro");
        OrganizationId gone = subscriber("cus_b", "active", "pro");
        OrganizationId never = subscriber("cus_c", "free", "free");
        OrganizationId moved = subscriber("cus_d", "past_due", "pro");
        STRIPE.subscriptions.add(subscription("sub_a", "cus_a", "price_scale", "active", 10));
        STRIPE.subscriptions.add(subscription("sub_d_old", "cus_d", "price_pro", "canceled", 10));
        STRIPE.subscriptions.add(subscription("sub_d_new", "cus_d", "price_pro", "trialing", 5));
        STRIPE.subscriptions.add(subscription("sub_x", "cus_of_nobody", "price_pro", "active", 10));
        STRIPE.subscriptions.add(subscription("sub_y", "cus_of_nobody", "price_pro", "active", 11));
        JsonNode first = reconcile();
        assertThat(first.path("status").textValue()).isEqualTo("completed");
        assertThat(counts(first)).containsExactly(4, 3, 3, 0);
        assertThat(standing(upgraded)).isEqualTo("active scale sub_a");
        assertThat(standing(gone)).isEqualTo("canceled free -");
        assertThat(standing(never)).isEqualTo("free free -");
        assertThat(standing(moved)).isEqualTo("trialing pro sub_d_new");
        assertThat(CONTROL.auditedActions(gone)).containsExactly("reconcile_platform");
        assertThat(CONTROL.auditedActions(never)).isEmpty();
        assertThat(counts(reconcile())).containsExactly(4, 0, 0, 0);
        assertThat(STRIPE.asked)
                .hasSize(6)
                .allMatch(request -> request.contains("status=all") && request.endsWith(" Bearer sk_test_reconcile"));
    }

    @Test
    void whatPassesIsTriedAgain() {
        OrganizationId id = subscriber("cus_e", "active", "pro");
        STRIPE.subscriptions.add(subscription("sub_e", "cus_e", "price_pro", "past_due", 10));
        STRIPE.refusals.addAll(List.of(429, 500, 503));
        assertThat(counts(reconcile())).containsExactly(1, 1, 1, 0);
        assertThat(standing(id)).isEqualTo("past_due pro sub_e");
        assertThat(STRIPE.asked).hasSize(4);
    }

    @Test
    void nothingIsChangedUnlessAllWasRead() {
        OrganizationId id = subscriber("cus_f", "active", "pro");
        for (int failure : List.of(429, 500, 401)) {
            STRIPE.refusals.clear();
            for (int i = 0; i < 10; i++) {
                STRIPE.refusals.add(failure);
            }
            STRIPE.asked.clear();
            JsonNode report = reconcile();
            assertThat(report.path("status").textValue()).isEqualTo("failed");
            assertThat(counts(report)).containsExactly(0, 0, 0, 1);
            assertThat(STRIPE.asked).as("%s", failure).hasSize(failure == 401 ? 1 : 5);
        }
        assertThat(standing(id)).isEqualTo("active pro -");
    }
}
