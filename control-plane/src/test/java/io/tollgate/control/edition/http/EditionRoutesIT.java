package io.tollgate.control.edition.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.edition.EditionShop;
import io.tollgate.control.edition.EventCounts;
import io.tollgate.control.edition.postgres.PostgresEditions;
import io.tollgate.control.edition.stripe.StripeShop;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.provider.EventSource;
import io.tollgate.control.provider.Processing;
import io.tollgate.control.provider.ReceivedEvent;
import io.tollgate.control.provider.postgres.PostgresProviderEvents;
import io.tollgate.control.provider.stripe.StripeFacts;
import io.tollgate.control.stripe.StripeApi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EditionRoutesIT {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private static final Instant PERIOD = Instant.parse("2026-11-05T00:00:00Z");
    private static final TestControl CONTROL = new TestControl(START);
    private static final ShopDouble STRIPE = new ShopDouble();
    private static final PostgresProviderEvents EVENTS = new PostgresProviderEvents(
            CONTROL.changes(), new StripeFacts(), new io.tollgate.control.provider.Editions(Map.of()));
    private static final EventCounts COUNTS = (organizationId, from, to) ->
            new TreeMap<>(Map.of("api_request", from.equals(PERIOD) ? 512_000L : 7L, "storage", 345L));

    /// The operator's account as Stripe's API answers it.
    private static final class ShopDouble {
        final List<String> asked = new CopyOnWriteArrayList<>();
        volatile boolean away;
        volatile boolean ending;
        private final HttpServer server;

        ShopDouble() {
            try {
                server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            server.createContext("/", this::answer);
            server.start();
        }

        URI base() {
            return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        }

        private void answer(HttpExchange exchange) throws IOException {
            try (exchange) {
                String path = exchange.getRequestURI().getPath();
                String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                asked.add(path + " " + URLDecoder.decode(body, StandardCharsets.UTF_8));
                int status = away ? 500 : ending && path.endsWith("create_preview") ? 400 : 200;
                byte[] bytes = (status == 200 ? found(path) : refused(status))
                        .toString()
                        .getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        }

        private static ObjectNode refused(int status) {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            ObjectNode error = body.putObject("error").put("message", "for the operator only");
            if (status == 400) {
                error.put("code", "invoice_upcoming_none");
            }
            return body;
        }

        private static ObjectNode found(String path) {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            switch (path) {
                case "/v1/checkout/sessions" ->
                    body.put("object", "checkout.session").put("url", "https://checkout.example/1");
                case "/v1/billing_portal/sessions" ->
                    body.put("object", "billing_portal.session").put("url", "https://portal.example/1");
                case "/v1/invoices/create_preview" -> preview(body);
                case "/v1/invoices" ->
                    body.put("object", "list")
                            .put("url", "/v1/invoices")
                            .put("has_more", true)
                            .putArray("data")
                            .add(invoice());
                default -> throw new IllegalStateException("nobody needs " + path);
            }
            return body;
        }

        private static void preview(ObjectNode body) {
            body.put("object", "invoice")
                    .put("total", 10_270)
                    .put("period_start", PERIOD.getEpochSecond())
                    .put("period_end", PERIOD.plusSeconds(60).getEpochSecond());
            body.putObject("lines")
                    .put("object", "list")
                    .putArray("data")
                    .addObject()
                    .put("object", "line_item")
                    .put("description", "1 × Growth")
                    .put("amount", 9_900);
        }

        private static ObjectNode invoice() {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("object", "invoice")
                    .put("id", "in_1")
                    .put("number", "A-1")
                    .put("total", 9_900)
                    .put("status", "paid")
                    .put("created", START.getEpochSecond())
                    .put("hosted_invoice_url", "https://invoice.example/1")
                    .putNull("invoice_pdf");
        }
    }

    @BeforeAll
    static void start() {
        StripeApi api = new StripeApi(Optional.of(STRIPE.base()), Duration.ofSeconds(5));
        CONTROL.with(io.tollgate.control.edition.Editions.class, new PostgresEditions(CONTROL.jdbi()))
                .with(EditionShop.class, new StripeShop(api, "sk_test_shop", URI.create("https://app.example")))
                .with(EventCounts.class, COUNTS)
                .start();
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE editions SET stripe_price_id = 'price_' || id" + " WHERE id IN ('growth', 'starter')"));
    }

    @AfterAll
    static void stop() {
        STRIPE.server.stop(0);
        CONTROL.close();
    }

    @BeforeEach
    void ready() {
        STRIPE.asked.clear();
        STRIPE.away = false;
        STRIPE.ending = false;
    }

    private static OrganizationId customer(String id) {
        OrganizationId organization = CONTROL.newOrganization();
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE organizations SET stripe_customer_id = ? WHERE id = ?", id, organization.value()));
        return organization;
    }

    /// What Stripe tells of a subscription.
    private static void told(
            String event, String type, String customer, String subscription, String price, String status) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        ObjectNode object = payload.putObject("data")
                .putObject("object")
                .put("id", subscription)
                .put("customer", customer)
                .put("status", status)
                .put("cancel_at_period_end", false);
        ObjectNode item = object.putObject("items").putArray("data").addObject();
        item.put("current_period_start", PERIOD.getEpochSecond())
                .put("current_period_end", PERIOD.plus(Duration.ofDays(30)).getEpochSecond());
        item.putObject("price").put("id", price);
        EVENTS.store(new ReceivedEvent(EventSource.PLATFORM, event, type, payload, Optional.of(START)));
        assertThat(EVENTS.processNext()).containsInstanceOf(Processing.Done.class);
    }

    private static JsonNode ok(String principal, String method, String path, String body) {
        TestControl.Answer answer = CONTROL.send(principal, method, path, body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void plansAreTheSameForEverybodyAndCheapestFirst() {
        JsonNode plans = ok("nobody", "GET", "/api/v1/subscription/plans", "").path("plans");
        assertThat(plans).hasSize(3);
        assertThat(plans.path(0).toString())
                .isEqualTo("{\"id\":\"starter\",\"name\":\"Starter\",\"description\":\"For a first product with metered"
                        + " prices.\",\"base_price\":2900,\"included_events\":100000,\"overage_rate\":50,"
                        + "\"features\":[\"100,000 events a month\",\"1 team member\"],\"is_active\":true}");
        assertThat(plans.path(2).path("base_price").longValue()).isEqualTo(49_900);
    }

    @Test
    void whatStripeTellsOfASubscriptionIsTheEdition() {
        OrganizationId organization = customer("cus_s");
        assertThat(ok(organization.value(), "GET", "/api/v1/subscription", "").isNull())
                .isTrue();
        told("evt_s1", "customer.subscription.created", "cus_s", "sub_s", "price_growth", "trialing");
        JsonNode subscription = ok(organization.value(), "GET", "/api/v1/subscription", "");
        assertThat(subscription.path("plan_id").textValue()).isEqualTo("growth");
        assertThat(subscription.path("status").textValue()).isEqualTo("TRIALING");
        assertThat(subscription.path("current_period_start").textValue()).isEqualTo("2026-11-05T00:00:00Z");
        // The platform's edition is another matter.
        assertThat(CONTROL.texts(organization, "SELECT plan_type FROM organizations WHERE id = :id"))
                .containsExactly("free");
        assertThat(ok(CONTROL.newOrganization().value(), "GET", "/api/v1/subscription", "")
                        .isNull())
                .isTrue();

        told("evt_s2", "customer.subscription.deleted", "cus_s", "sub_s", "price_growth", "canceled");
        assertThat(ok(organization.value(), "GET", "/api/v1/subscription", "").isNull())
                .isTrue();
    }

    /// Vector V15a.
    @Test
    void usageBeyondWhatIsIncludedCosts() {
        OrganizationId organization = customer("cus_u");
        told("evt_u1", "customer.subscription.updated", "cus_u", "sub_u", "price_growth", "active");
        JsonNode usage = ok(organization.value(), "GET", "/api/v1/subscription/usage", "");
        assertThat(usage.toString())
                .isEqualTo("{\"current_period\":{\"start\":\"2026-11-05T00:00:00Z\",\"end\":\"2026-12-05T00:00:00Z\"},"
                        + "\"usage\":{\"total\":512345,\"included\":500000,\"overage\":12345,\"percent_used\":100},"
                        + "\"cost\":{\"base\":9900,\"overage\":370,\"estimated\":10270},"
                        + "\"by_event_type\":[{\"event_type\":\"api_request\",\"count\":512000},"
                        + "{\"event_type\":\"storage\",\"count\":345}]}");
    }

    @Test
    void withoutASubscriptionThePeriodIsTheMonthAndCostsNothing() {
        JsonNode usage = ok(CONTROL.newOrganization().value(), "GET", "/api/v1/subscription/usage", "");
        assertThat(usage.at("/current_period/start").textValue()).isEqualTo("2026-10-31T23:00:00Z");
        assertThat(usage.at("/current_period/end").textValue()).isEqualTo("2026-11-30T23:00:00Z");
        assertThat(usage.at("/usage/total").longValue()).isEqualTo(352);
        assertThat(usage.at("/cost/estimated").longValue()).isZero();
    }

    @Test
    void checkoutSendsToStripeAndBack() {
        OrganizationId organization = CONTROL.newOrganization();
        JsonNode answer = ok(
                organization.value(),
                "POST",
                "/api/v1/subscription/checkout",
                "{\"plan_id\":\"growth\",\"email\":\"pay@example.com\",\"organization_name\":\"Acme Inc\"}");
        assertThat(answer.path("session_url").textValue()).isEqualTo("https://checkout.example/1");
        assertThat(STRIPE.asked.getFirst())
                .contains("client_reference_id=" + organization.value())
                .contains("customer_email=pay@example.com")
                .contains("line_items[0][price]=price_growth")
                .contains("mode=subscription")
                .contains("success_url=https://app.example/dashboard/billing?success=true")
                .contains("cancel_url=https://app.example/dashboard/billing/plans?canceled=true")
                .contains("subscription_data[metadata][organizationId]=" + organization.value());

        OrganizationId known = customer("cus_c");
        ok(known.value(), "POST", "/api/v1/subscription/checkout", "{\"plan_id\":\"starter\"}");
        assertThat(STRIPE.asked.getLast()).contains("customer=cus_c").doesNotContain("customer_email");
    }

    @Test
    void whatCannotBeBoughtIsNotFound() {
        String organization = CONTROL.newOrganization().value();
        for (String plan : List.of("enterprise", "nothing", "x".repeat(50))) {
            TestControl.Answer answer = CONTROL.send(
                    organization, "POST", "/api/v1/subscription/checkout", "{\"plan_id\":\"" + plan + "\"}");
            assertThat(answer.status()).as(plan).isEqualTo(404);
        }
        for (String body :
                List.of("{}", "{\"plan_id\":7}", "{\"plan_id\":\"\"}", "{\"plan_id\":\"growth\",\"email\":\"x\"}")) {
            assertThat(CONTROL.send(organization, "POST", "/api/v1/subscription/checkout", body)
                            .status())
                    .as(body)
                    .isEqualTo(400);
        }
        assertThat(CONTROL.send(organization, "POST", "/api/v1/subscription/portal", "")
                        .status())
                .isEqualTo(404);
        assertThat(STRIPE.asked).isEmpty();
    }

    @Test
    void customersSeeTheirInvoicesAndTheNextOne() {
        OrganizationId organization = customer("cus_i");
        told("evt_i1", "customer.subscription.updated", "cus_i", "sub_i", "price_growth", "past_due");
        assertThat(ok(organization.value(), "POST", "/api/v1/subscription/portal", "")
                        .path("session_url")
                        .textValue())
                .isEqualTo("https://portal.example/1");
        assertThat(ok(organization.value(), "GET", "/api/v1/subscription/invoices", "")
                        .toString())
                .isEqualTo("[{\"id\":\"in_1\",\"number\":\"A-1\",\"amount\":9900,\"status\":\"paid\","
                        + "\"created\":\"2026-11-22T10:00:00Z\",\"hosted_invoice_url\":\"https://invoice.example/1\","
                        + "\"pdf_url\":null}]");
        assertThat(ok(organization.value(), "GET", "/api/v1/subscription/upcoming-invoice", "")
                        .toString())
                .isEqualTo("{\"amount\":10270,\"period_start\":\"2026-11-05T00:00:00Z\","
                        + "\"period_end\":\"2026-11-05T00:01:00Z\","
                        + "\"lines\":[{\"description\":\"1 × Growth\",\"amount\":9900}]}");
        STRIPE.ending = true;
        assertThat(ok(organization.value(), "GET", "/api/v1/subscription/upcoming-invoice", "")
                        .isNull())
                .isTrue();
        STRIPE.away = true;
        TestControl.Answer away = CONTROL.send(organization.value(), "GET", "/api/v1/subscription/invoices", "");
        assertThat(away.status()).isEqualTo(503);
        assertThat(away.text()).contains("PROVIDER_UNAVAILABLE").doesNotContain("operator only");
    }

    @Test
    void whoHasBoughtNothingHasNoInvoices() {
        String organization = CONTROL.newOrganization().value();
        assertThat(ok(organization, "GET", "/api/v1/subscription/invoices", "")).isEmpty();
        assertThat(ok(organization, "GET", "/api/v1/subscription/upcoming-invoice", "")
                        .isNull())
                .isTrue();
        assertThat(STRIPE.asked).isEmpty();
    }

    @Test
    void keysNeedThePermissionOfBilling() {
        String organization = CONTROL.newOrganization().value();
        for (String who : List.of("reader:" + organization, "tenant:" + organization, "admin")) {
            assertThat(CONTROL.send(who, "GET", "/api/v1/subscription", "").status())
                    .as(who)
                    .isEqualTo(403);
        }
        assertThat(CONTROL.send("scoped:" + organization + "/billing:read", "GET", "/api/v1/subscription", "")
                        .status())
                .isEqualTo(200);
        assertThat(CONTROL.send(
                                "scoped:" + organization + "/billing:read",
                                "POST",
                                "/api/v1/subscription/checkout",
                                "{\"plan_id\":\"growth\"}")
                        .status())
                .isEqualTo(403);
        assertThat(CONTROL.send("nobody", "GET", "/api/v1/subscription/usage", "")
                        .status())
                .isEqualTo(401);
    }
}
