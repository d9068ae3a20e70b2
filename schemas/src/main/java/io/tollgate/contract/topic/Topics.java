package io.tollgate.contract.topic;

import io.tollgate.contract.topic.Topic.Layout;
import io.tollgate.definition.ApiKeyDefinition;
import io.tollgate.definition.CredentialDefinition;
import io.tollgate.definition.MetricDefinition;
import io.tollgate.definition.OrganizationDefinition;
import io.tollgate.definition.PlanDefinition;
import io.tollgate.definition.PlanLimitDefinition;
import io.tollgate.definition.QuotaDefinition;
import io.tollgate.definition.RateLimitDefinition;
import io.tollgate.definition.TenantDefinition;
import io.tollgate.event.AcceptedEvent;
import io.tollgate.event.EventCorrected;
import io.tollgate.event.MetricSnapshots;
import io.tollgate.event.QuotaAlert;
import io.tollgate.event.RejectedEvent;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageWindow;
import java.time.Duration;
import java.util.List;

/// The topic catalogue. A topic that is not here does not exist; the server creates what is missing from it.
public final class Topics {
    /// All topics of an installation begin with it.
    public static final String PREFIX = "tollgate.";

    /// Largest record in bytes: a request body of 8,000,000 bytes as one record, with room for ids and digests.
    public static final int RECORD_BYTES_MAX = 9 * 1024 * 1024;

    /// Events as gateways took them: one record per request and subject. The broker's clock stamps them, so arrival is
    /// one
    /// order per partition; kept long enough for the aggregator to be down for weeks.
    public static final Topic<UsageBatch> USAGE_EVENTS = Topic.of(
            "usage-events",
            UsageBatch.class,
            "organization/subject",
            Layout.BY_SUBJECT,
            Topic.withAppendTime(Topic.keptFor(Duration.ofDays(30))));

    /// Events as they were counted, exactly once, one record per event; the book of record, kept for good.
    public static final Topic<AcceptedEvent> ACCEPTED_EVENTS = Topic.of(
            "accepted-events", AcceptedEvent.class, "organization/subject", Layout.BY_SUBJECT, Topic.keptForGood());

    /// Logged events that were not counted, with the reason.
    public static final Topic<RejectedEvent> REJECTED_EVENTS = Topic.of(
            "rejected-events",
            RejectedEvent.class,
            "organization/subject",
            Layout.BY_SUBJECT,
            Topic.keptFor(Duration.ofDays(400)));

    /// Running values of hour, day and month windows; the latest record of a key is its value.
    public static final Topic<UsageWindow> USAGE_WINDOWS = Topic.of(
            "usage-windows",
            UsageWindow.class,
            "organization/subject/meter/kind/start",
            Layout.BY_SUBJECT,
            Topic.compacted());

    /// Counted events that count no longer, each once; kept for good, as the events are.
    public static final Topic<EventCorrected> EVENT_CORRECTIONS = Topic.of(
            "event-corrections", EventCorrected.class, "organization/subject", Layout.BY_SUBJECT, Topic.keptForGood());

    /// Thresholds of quotas that were passed, each once per quota and window; for those who tell people about it.
    public static final Topic<QuotaAlert> QUOTA_ALERTS = Topic.of(
            "quota-alerts",
            QuotaAlert.class,
            "organization/subject",
            Layout.BY_SUBJECT,
            Topic.keptFor(Duration.ofDays(30)));

    /// Stored readings of metrics, once per flush window, on their way to the database.
    public static final Topic<MetricSnapshots> METRIC_SNAPSHOTS = Topic.of(
            "metric-snapshots",
            MetricSnapshots.class,
            "organization/subject",
            Layout.BY_SUBJECT,
            Topic.keptFor(Duration.ofDays(30)));

    /// API keys that are valid now, by hash.
    public static final Topic<ApiKeyDefinition> KEY_DEFINITIONS =
            Topic.of("definitions.keys", ApiKeyDefinition.class, "key hash", Layout.SINGLE, Topic.compacted());

    /// Organizations.
    public static final Topic<OrganizationDefinition> ORGANIZATION_DEFINITIONS = Topic.of(
            "definitions.organizations",
            OrganizationDefinition.class,
            "organization",
            Layout.SINGLE,
            Topic.compacted());

    /// Quotas in force now.
    public static final Topic<QuotaDefinition> QUOTA_DEFINITIONS =
            Topic.of("definitions.quotas", QuotaDefinition.class, "quota id", Layout.SINGLE, Topic.compacted());

    /// Tenants about whom more is known than that they have usage.
    public static final Topic<TenantDefinition> TENANT_DEFINITIONS = Topic.of(
            "definitions.tenants", TenantDefinition.class, "organization/tenant", Layout.SINGLE, Topic.compacted());

    /// Plans.
    public static final Topic<PlanDefinition> PLAN_DEFINITIONS =
            Topic.of("definitions.plans", PlanDefinition.class, "organization/plan", Layout.SINGLE, Topic.compacted());

    /// Plan limits in force now.
    public static final Topic<PlanLimitDefinition> PLAN_LIMIT_DEFINITIONS = Topic.of(
            "definitions.plan-limits", PlanLimitDefinition.class, "limit id", Layout.SINGLE, Topic.compacted());

    /// Meters of one subject with settings of their own.
    public static final Topic<MetricDefinition> METRIC_DEFINITIONS = Topic.of(
            "definitions.metrics",
            MetricDefinition.class,
            "organization/subject/name",
            Layout.SINGLE,
            Topic.compacted());

    /// Rate limits in force now.
    public static final Topic<RateLimitDefinition> RATE_LIMIT_DEFINITIONS = Topic.of(
            "definitions.rate-limits", RateLimitDefinition.class, "rate limit id", Layout.SINGLE, Topic.compacted());

    /// Credentials that gateways need, encrypted.
    public static final Topic<CredentialDefinition> CREDENTIAL_DEFINITIONS = Topic.of(
            "definitions.credentials",
            CredentialDefinition.class,
            "organization/type/name",
            Layout.SINGLE,
            Topic.compacted());

    /// Name of the topic of records that could not be decoded, byte for byte, with headers that say where they lay and
    /// why.
    /// It has no value contract, and nothing leaves it by itself.
    public static final String DEAD_LETTERS = PREFIX + "dead-letters";

    private Topics() {}

    /// Every topic that carries definitions.
    public static List<Topic<?>> definitions() {
        return List.of(
                ORGANIZATION_DEFINITIONS,
                KEY_DEFINITIONS,
                QUOTA_DEFINITIONS,
                TENANT_DEFINITIONS,
                PLAN_DEFINITIONS,
                PLAN_LIMIT_DEFINITIONS,
                METRIC_DEFINITIONS,
                RATE_LIMIT_DEFINITIONS,
                CREDENTIAL_DEFINITIONS);
    }

    /// Every topic with a value contract.
    public static List<Topic<?>> all() {
        return List.of(
                USAGE_EVENTS,
                ACCEPTED_EVENTS,
                REJECTED_EVENTS,
                USAGE_WINDOWS,
                QUOTA_ALERTS,
                KEY_DEFINITIONS,
                ORGANIZATION_DEFINITIONS,
                QUOTA_DEFINITIONS,
                TENANT_DEFINITIONS,
                PLAN_DEFINITIONS,
                PLAN_LIMIT_DEFINITIONS,
                METRIC_DEFINITIONS,
                RATE_LIMIT_DEFINITIONS,
                CREDENTIAL_DEFINITIONS,
                METRIC_SNAPSHOTS,
                EVENT_CORRECTIONS);
    }
}
