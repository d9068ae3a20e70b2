package io.tollgate.control.provider.stripe;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.control.provider.FactReader;
import io.tollgate.control.provider.ProviderFact;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What Stripe's events say. Objects are read as its API versions of several years have written them, and in the flat
/// form
/// that is documented.
public final class StripeFacts implements FactReader {
    /// Longest id of an object that is followed; those in use are far shorter.
    private static final int ID_LENGTH_MAX = 255;

    /// Reasons of invoices that begin a billing cycle; an invoice without a reason does too.
    private static final Set<String> CYCLE_REASONS = Set.of("subscription_cycle", "subscription_create");

    @Override
    public ProviderFact read(String eventId, String type, JsonNode payload, Instant created) {
        JsonNode data = payload.path("data");
        JsonNode object = data.path("object").isObject() ? data.path("object") : data;
        return switch (type) {
            case "checkout.session.completed" -> fact(eventId, 0, object, checkout(object));
            case "customer.subscription.created" -> fact(eventId, 0, object, subscribed(eventId, object));
            case "customer.subscription.updated" -> fact(eventId, 1, object, subscribed(eventId, object));
            case "customer.subscription.deleted" -> fact(eventId, 2, object, unsubscribed(eventId, object));
            case "invoice.created" -> fact(eventId, 0, object, invoiced(eventId, object, false, created));
            case "invoice.finalized" -> fact(eventId, 1, object, invoiced(eventId, object, true, created));
            case "invoice.payment_failed" -> fact(eventId, 2, object, new ProviderFact.PaymentFailed());
            case "invoice.payment_succeeded", "invoice.paid" -> fact(eventId, 3, object, paid(eventId, object));
            default -> fact(eventId, 0, object, new ProviderFact.Nothing());
        };
    }

    private static ProviderFact fact(String eventId, int rank, JsonNode object, ProviderFact.Change change) {
        return new ProviderFact(
                objectId(eventId, object), rank, id(object.path("customer")), organization(object), change);
    }

    private static String objectId(String eventId, JsonNode object) {
        return id(object.path("id")).or(() -> id(object.path("subscription"))).orElse(eventId);
    }

    private static Optional<String> organization(JsonNode object) {
        return Stream.of(
                        object.path("metadata"),
                        object.path("parent").path("subscription_details").path("metadata"),
                        object.path("subscription_details").path("metadata"))
                .flatMap(metadata -> Stream.of(metadata.path("business_id"), metadata.path("organizationId")))
                .flatMap(node -> id(node).stream())
                .findFirst();
    }

    private static ProviderFact.Change checkout(JsonNode object) {
        // What is bought of another line is no subscription of the platform.
        boolean platform = !"usage".equals(object.path("metadata").path("line").asText());
        return new ProviderFact.Linked(
                id(object.path("client_reference_id")), platform ? id(object.path("subscription")) : Optional.empty());
    }

    /// A subscription as Stripe's API answers it.
    static ProviderFact.Subscribed subscribed(String eventId, JsonNode object) {
        JsonNode item = object.path("items").path("data").path(0);
        JsonNode price = item.path("price");
        return new ProviderFact.Subscribed(
                subscriptionId(eventId, object),
                text(object.path("status")).orElse("active").toLowerCase(Locale.ROOT),
                id(price)
                        .or(() -> id(item.path("plan")))
                        .or(() -> id(object.path("plan")))
                        .or(() -> id(object.path("price_id")))
                        .or(() -> id(object.path("metadata").path("price_id"))),
                text(price.path("metadata").path("edition"))
                        .or(() -> text(price.path("metadata").path("plan_type")))
                        .or(() -> text(price.path("lookup_key"))),
                UnixTime.of(object.path("current_period_start"))
                        .or(() -> UnixTime.of(item.path("current_period_start"))),
                UnixTime.of(object.path("current_period_end")).or(() -> UnixTime.of(item.path("current_period_end"))),
                UnixTime.of(object.path("cancel_at")),
                object.path("cancel_at_period_end").asBoolean(false),
                UnixTime.of(object.path("ended_at")));
    }

    private static ProviderFact.Change unsubscribed(String eventId, JsonNode object) {
        return new ProviderFact.Unsubscribed(subscriptionId(eventId, object), UnixTime.of(object.path("ended_at")));
    }

    private static String subscriptionId(String eventId, JsonNode object) {
        return id(object.path("id")).or(() -> id(object.path("subscription"))).orElse(eventId);
    }

    private static ProviderFact.Change invoiced(String eventId, JsonNode object, boolean finished, Instant created) {
        Optional<String> reason = text(object.path("billing_reason"));
        return new ProviderFact.Invoiced(
                objectId(eventId, object),
                reason.isEmpty() || CYCLE_REASONS.contains(reason.get()),
                finished,
                UnixTime.of(object.path("created")).orElse(created),
                // The invoice's own period is the one that lies behind it; its line says what is paid for.
                UnixTime.of(object.path("lines")
                                .path("data")
                                .path(0)
                                .path("period")
                                .path("end"))
                        .or(() -> UnixTime.of(object.path("period_end"))),
                UnixTime.of(object.path("period_end")));
    }

    private static ProviderFact.Change paid(String eventId, JsonNode object) {
        JsonNode line = object.path("lines").path("data").path(0);
        return new ProviderFact.Paid(
                objectId(eventId, object),
                id(line.path("pricing").path("price_details").path("price"))
                        .or(() -> id(line.path("price")))
                        .or(() -> id(line.path("plan")))
                        .or(() -> id(object.path("price_id")))
                        .or(() -> id(object.path("metadata").path("price_id"))));
    }

    /// An id, or an object that was expanded in place of its id.
    private static Optional<String> id(JsonNode node) {
        return text(node.isObject() ? node.path("id") : node).filter(id -> id.length() <= ID_LENGTH_MAX);
    }

    private static Optional<String> text(JsonNode node) {
        return Optional.ofNullable(node.textValue()).filter(text -> !text.isBlank());
    }
}
