package io.tollgate.contract.webhook;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a webhook tells of. An endpoint lists the types that it wants.
public enum WebhookType {
    QUOTA_SOFT_LIMIT("quota.soft_limit"),
    QUOTA_EXCEEDED("quota.exceeded"),
    QUOTA_GRACE_STARTED("quota.grace_started"),
    LIMIT_BREACHED("limit.breached"),
    LIMIT_RECOVERED("limit.recovered"),
    OVERAGE_REPORTED("overage.reported"),
    COUNTER_RESET("counter.reset"),
    EVENT_REJECTED("event.rejected"),
    INVOICE_CREATED("invoice.created"),
    INVOICE_FINALIZED("invoice.finalized"),
    INVOICE_PAID("invoice.paid"),
    INVOICE_OVERDUE("invoice.overdue"),
    INVOICE_VOIDED("invoice.voided"),
    CREDIT_NOTE_CREATED("credit_note.created"),
    STRIPE_DRIFT("stripe.drift"),
    SUBSCRIPTION_EXPIRED("subscription.expired"),
    CUSTOMER_CREATED("customer.created"),
    TENANT_HOT("tenant.hot"),
    SITE_ALERT("site.alert"),
    /// Sent by hand, to see whether an endpoint answers.
    WEBHOOK_TEST("webhook.test");

    /// In an endpoint's list: all types, those of later versions too.
    public static final String ANY = "*";

    private final String word;

    WebhookType(String word) {
        this.word = word;
    }

    /// As it is written in requests, in the body and in the database.
    public String word() {
        return word;
    }

    public static Optional<WebhookType> ofWord(String word) {
        return Arrays.stream(values()).filter(type -> type.word.equals(word)).findFirst();
    }

    /// All of them, for a sentence that says what there is.
    public static String words() {
        return Arrays.stream(values()).map(WebhookType::word).collect(Collectors.joining(", "));
    }
}
