package io.tollgate.contract.access;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a key of an organization may do. Organization keys hold all of them, scoped keys the ones they list; a caller
/// never grants what it does not hold.
public enum Permission {
    /// Recording: events, metric values, reservations, void and amend.
    EVENTS_WRITE("events:write"),
    /// Reading: events, usage, metrics, history, plans, limits, quotas, checks, snapshots, reports.
    USAGE_READ("usage:read"),
    /// Calls through the proxy.
    PROXY_USE("proxy:use"),
    /// Metrics (create, delete), plans, plan limits, quotas, rate limits, price models.
    CATALOG_WRITE("catalog:write"),
    CUSTOMERS_READ("customers:read"),
    /// Tenants, their status and the users linked to them.
    CUSTOMERS_WRITE("customers:write"),
    /// Invoices, credit notes, simulation, reconciliation.
    BILLING_READ("billing:read"),
    BILLING_WRITE("billing:write"),
    /// All keys and integration credentials.
    KEYS_WRITE("keys:write"),
    /// Statistics and streams.
    ANALYTICS_READ("analytics:read"),
    /// Sites, goals, alerts.
    ANALYTICS_WRITE("analytics:write"),
    /// Outbound endpoints, deliveries, test clock.
    WEBHOOKS_WRITE("webhooks:write"),
    AUDIT_READ("audit:read");

    private final String word;

    Permission(String word) {
        this.word = word;
    }

    /// As it is written in requests and answers.
    public String word() {
        return word;
    }

    /// The permission written `word`, compared exactly.
    public static Optional<Permission> ofWord(String word) {
        return Arrays.stream(values())
                .filter(permission -> permission.word.equals(word))
                .findFirst();
    }

    /// All of them, for a sentence that says what there is.
    public static String words() {
        return Arrays.stream(values()).map(Permission::word).collect(Collectors.joining(", "));
    }
}
