package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/// Invoices as a caller sees them, in an organization of its own. One story; the steps build on each other.
final class InvoiceWalk {
    private static final String JANUARY =
            "{\"tenant_id\":\"t\",\"period_start\":\"2026-01-01\",\"period_end\":\"2026-02-01\"}";
    private static final String FEBRUARY =
            "{\"tenant_id\":\"t\",\"period_start\":\"2026-02-01\",\"period_end\":\"2026-03-01\"}";

    private final Api admin;
    private final Api api;
    private final String url;

    InvoiceWalk(Api admin, String url) throws Exception {
        this.admin = admin;
        this.api = admin.newOrganization("invoiced");
        this.url = url;
    }

    void walk() throws Exception {
        String price = made(
                api.post(
                        "/api/v1/price-models",
                        "{\"event_type\":\"calls\",\"effective_from\":\"2026-01-01T00:00:00Z\",\"tiers\":["
                                + "{\"min_quantity\":0,\"max_quantity\":1000,\"unit_price\":0.10},"
                                + "{\"min_quantity\":1000,\"unit_price\":0.08}]}"),
                "id");
        String first = report(1_900, "2026-01-05T00:00:00Z");
        String second = report(500, "2026-01-06T00:00:00Z");

        JsonNode preview = ok(api.post("/api/v1/invoices/preview", JANUARY));
        assertThat(preview.path("status").asText()).isEqualTo("PREVIEW");
        assertThat(preview.path("invoice_number").isNull()).isTrue();
        Api.Answer drafted = api.post("/api/v1/invoices", JANUARY);
        assertThat(drafted.status()).as(drafted.body().toString()).isEqualTo(201);
        String invoice = drafted.body().path("id").asText();
        assertThat(number(drafted.body(), "total")).isEqualByComparingTo("212.00");
        Api.Answer again = api.post("/api/v1/invoices", JANUARY);
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.body().path("code").asText()).isEqualTo("INVOICE_EXISTS");
        assertThat(again.body().at("/details/invoice_id").asText()).isEqualTo(invoice);

        assertThat(api.get(path(invoice, "proof")).status()).isEqualTo(409);
        JsonNode finished = ok(api.post(path(invoice, "finalize"), "{\"due_date\":\"2026-02-15\"}"));
        assertThat(finished.path("status").asText()).isEqualTo("PENDING");
        assertThat(finished.path("due_date").asText()).startsWith("2026-02-15T00:00:00");
        assertThat(api.post(path(invoice, "finalize"), "{}").status()).isEqualTo(409);
        assertThat(ok(api.get(path(invoice, "proof")))
                        .at("/statement/events/billed")
                        .asInt())
                .isEqualTo(2);
        assertThat(ok(api.get(path(invoice, "proof/" + first))).path("leaf").asText())
                .startsWith(first + "|calls|1900|");
        assertThat(ok(api.get(path(invoice, "events"))).path("events").findValuesAsText("id"))
                .containsExactlyInAnyOrder(first, second);
        thePriceStaysAsItWasInvoiced(price);
        itIsShownInOtherForms(invoice);
        whatIsTakenOutIsGivenBack(invoice, second);
        aPartIsGivenBack(invoice);
        nobodyElseSeesIt(invoice);
    }

    private void thePriceStaysAsItWasInvoiced(String price) throws Exception {
        Api.Answer changed = api.put("/api/v1/price-models/" + price, "{\"included_units\":5}");
        assertThat(changed.status()).isEqualTo(409);
        assertThat(changed.body().path("code").asText()).isEqualTo("INVALID_STATE");
        assertThat(api.delete("/api/v1/price-models/" + price).status()).isEqualTo(409);
        made(
                api.post("/api/v1/price-models", "{\"event_type\":\"calls\",\"model\":\"per_unit\",\"unit_price\":1}"),
                "id");
    }

    private void itIsShownInOtherForms(String invoice) throws Exception {
        HttpResponse<byte[]> paper = raw(path(invoice, "pdf"), "*/*");
        assertThat(paper.headers().firstValue("content-type")).contains("application/pdf");
        assertThat(new String(paper.body(), StandardCharsets.ISO_8859_1)).startsWith("%PDF-");
        String table = new String(raw(path(invoice, ""), "text/csv").body(), StandardCharsets.UTF_8);
        assertThat(table.lines())
                .containsExactly(
                        "line,kind,event_type,quantity,unit_price,total_price,tier_level,tier_quantity,tier_unit_price,tier_subtotal",
                        "1,USAGE,calls,2400,0.088333,212,1,1000,0.1,100",
                        "1,USAGE,calls,2400,0.088333,212,2,1400,0.08,112");
    }

    private void whatIsTakenOutIsGivenBack(String invoice, String event) throws Exception {
        ok(api.post("/api/v1/events/" + event + "/void", "{\"reason\":\"reported by mistake\"}"));
        JsonNode change = ok(api.get(path(invoice, "diff"))).path("adjustments").path(0);
        assertThat(change.path("event_id").asText()).isEqualTo(event);
        assertThat(change.path("kind").asText()).isEqualTo("CORRECTIONS");
        assertThat(number(change, "amount")).isEqualByComparingTo("-40.00");
        JsonNode next = ok(api.post("/api/v1/invoices/preview", FEBRUARY));
        assertThat(next.at("/lines/0/adjusts_invoice_id").asText()).isEqualTo(invoice);
        assertThat(number(next, "total")).isZero();
        assertThat(number(next, "credit")).isEqualByComparingTo("40.00");
    }

    private void aPartIsGivenBack(String invoice) throws Exception {
        assertThat(api.post(path(invoice, "credit-notes"), "{\"amount\":500,\"reason\":\"outage\"}")
                        .status())
                .isEqualTo(400);
        Api.Answer note = api.post(path(invoice, "credit-notes"), "{\"amount\":12,\"reason\":\"outage\"}");
        assertThat(note.status()).as(note.body().toString()).isEqualTo(201);
        assertThat(number(ok(api.get(path(invoice, ""))), "amount_due")).isEqualByComparingTo("200.00");
        assertThat(api.post(path(invoice, "void"), "{\"reason\":\"no\"}").status())
                .isEqualTo(409);
        assertThat(ok(api.post(path(invoice, "pay"), "")).path("status").asText())
                .isEqualTo("PAID");
        assertThat(ok(api.get("/api/v1/credit-notes")).path("credit_notes")).hasSize(1);
    }

    private void nobodyElseSeesIt(String invoice) throws Exception {
        Api other = admin.newOrganization("invoiced-other");
        for (String what : new String[] {"", "pdf", "csv", "events", "proof", "diff"}) {
            assertThat(other.get(path(invoice, what)).status()).as(what).isEqualTo(404);
        }
        for (String what : new String[] {"recalculate", "finalize", "pay"}) {
            assertThat(other.post(path(invoice, what), "{}").status()).as(what).isEqualTo(404);
        }
        assertThat(ok(other.get("/api/v1/invoices")).path("invoices")).isEmpty();
    }

    private static String path(String invoice, String what) {
        return "/api/v1/invoices/" + invoice + (what.isEmpty() ? "" : "/" + what);
    }

    private String report(int quantity, String at) throws Exception {
        return ok(api.post(
                        "/api/v1/events",
                        "{\"event_type\":\"calls\",\"tenant_id\":\"t\",\"quantity\":" + quantity + ",\"timestamp\":\""
                                + at + "\"}"))
                .path("event_id")
                .asText();
    }

    private static String made(Api.Answer answer, String id) {
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(201);
        return answer.body().path(id).asText();
    }

    private static JsonNode ok(Api.Answer answer) {
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        return answer.body();
    }

    private static BigDecimal number(JsonNode body, String name) {
        return body.path(name).decimalValue();
    }

    private HttpResponse<byte[]> raw(String path, String accept) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(url + path))
                            .header("Authorization", api.credential())
                            .header("Accept", accept)
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        }
    }
}
