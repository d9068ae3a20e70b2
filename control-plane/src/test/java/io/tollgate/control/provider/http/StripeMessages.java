package io.tollgate.control.provider.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.stripe.net.Webhook;
import io.tollgate.control.fixture.TestControl;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/// Sends events as Stripe does. Objects have the members that Stripe's have, as far as anything here could look at
/// them.
final class StripeMessages {
    static final String SECRET = "whsec_0123456789abcdef";

    private static final AtomicInteger COUNT = new AtomicInteger();

    private StripeMessages() {}

    static ObjectNode event(String type, Instant created, ObjectNode object) {
        ObjectNode event = JsonNodeFactory.instance
                .objectNode()
                .put("id", "evt_" + COUNT.incrementAndGet())
                .put("object", "event")
                .put("api_version", "2026-07-29")
                .put("created", created.getEpochSecond())
                .put("livemode", false)
                .put("pending_webhooks", 1)
                .put("type", type);
        event.putObject("request").putNull("id").putNull("idempotency_key");
        event.putObject("data").set("object", object);
        return event;
    }

    static ObjectNode subscription(String id, String customer, String price, String status, Instant periodEnd) {
        ObjectNode subscription = JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", "subscription")
                .put("customer", customer)
                .put("status", status)
                .put("cancel_at_period_end", false)
                .putNull("cancel_at")
                .putNull("canceled_at")
                .putNull("ended_at");
        subscription.putObject("metadata");
        ObjectNode items = subscription.putObject("items").put("object", "list").put("has_more", false);
        ObjectNode item = items.putArray("data")
                .addObject()
                .put("id", "si_" + id)
                .put("object", "subscription_item")
                .put("current_period_end", periodEnd.getEpochSecond())
                .put("quantity", 1);
        item.putObject("price")
                .put("id", price)
                .put("object", "price")
                .put("currency", "eur")
                .put("unit_amount", 4_900)
                .putObject("metadata");
        return subscription;
    }

    static ObjectNode invoice(String id, String customer, String subscription, String reason, Instant periodEnd) {
        ObjectNode invoice = JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", "invoice")
                .put("customer", customer)
                .put("billing_reason", reason)
                .put("status", "open")
                .put("total", 4_900);
        invoice.putObject("parent")
                .put("type", "subscription_details")
                .putObject("subscription_details")
                .put("subscription", subscription)
                .putObject("metadata");
        invoice.putObject("lines")
                .put("object", "list")
                .putArray("data")
                .addObject()
                .put("object", "line_item")
                .putObject("period")
                .put("end", periodEnd.getEpochSecond());
        return invoice;
    }

    static HttpResponse<String> send(TestControl control, String path, ObjectNode event, Instant signedAt) {
        return send(control, path, event.toString(), SECRET, signedAt);
    }

    static HttpResponse<String> send(TestControl control, String path, String body, String secret, Instant signedAt) {
        return control.exchange("nobody", "POST", path, body, "Stripe-Signature", signature(body, secret, signedAt));
    }

    static String signature(String body, String secret, Instant signedAt) {
        long at = signedAt.getEpochSecond();
        try {
            return "t=" + at + ",v1=" + Webhook.Util.computeHmacSha256(secret, at + "." + body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
