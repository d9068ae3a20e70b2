package io.tollgate.control.plan.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.contract.outbound.TargetVerdict;
import io.tollgate.control.plan.PlanLimitTerms;
import io.tollgate.control.plan.PlanRef;
import io.tollgate.http.BodyFields;
import io.tollgate.metering.limit.BreachAction;
import io.tollgate.metering.limit.LimitOperator;
import io.tollgate.metering.limit.LimitPeriod;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// A plan limit as a request writes it: whole, or the part of one that changes.
final class PlanLimitBody {
    static final String INVALID = "Invalid plan limit data";
    private static final String TITLE = "Bad Request";

    private static final String[] METER = {"metric_name", "event_type", "meter"};
    private static final String[] VALUE = {"limit_value", "plan_limit_value"};
    private static final String[] PERIOD = {"limit_period"};
    private static final String[] OPERATOR = {"breach_operator", "limit_operator", "plan_limit_operator"};
    private static final String[] ACTION = {"breach_action", "plan_breach_action"};
    private static final String[] WEBHOOK_URLS = {"webhook_urls"};
    private static final String[] METRIC_TYPE = {"metric_type"};
    private static final String[] OPERATION = {"operation"};
    private static final String[] PLAN = {"plan_id"};
    private static final String[] TENANT = {"customer_id", "tenant_id"};

    private static final String OPERATORS = "gt, gte, lt, lte, eq";
    private static final String ACTIONS = "deny, allow_overage, webhook, scale, allow";
    private static final String PERIODS = "daily, monthly, yearly, realtime";
    private static final String TYPES = "reset, checkpoint, stripe_billing";
    private static final String OPERATIONS = "SUM, COUNT, AVG, MAX, MIN, LAST";

    /// Longest URL in characters: what every proxy and server takes.
    private static final int URL_LENGTH_MAX = 2_000;

    private static final Quantity NONE = Quantity.rounded(BigDecimal.ZERO);

    private final BodyFields fields;
    private final OutboundTargets targets;

    /// @param targets where webhooks may go
    PlanLimitBody(JsonNode object, OutboundTargets targets) {
        this.fields = new BodyFields(object);
        this.targets = targets;
    }

    /// @throws Problem saying what is wrong
    PlanLimitTerms draft() {
        fields.require(METER);
        fields.require(VALUE);
        MetricType type = type().orElse(MetricType.RESET);
        return terms(
                plan(),
                tenant(),
                meter().orElse(new MeterKey("-")),
                fields.quantity(VALUE).orElse(NONE),
                period().orElse(LimitPeriod.defaultFor(type)),
                operator().orElse(LimitOperator.GTE),
                action().orElse(BreachAction.DENY),
                webhookUrls(),
                type,
                operation().orElse(Operation.SUM));
    }

    /// What is absent stays; a plan, a tenant or URLs that are null or empty go.
    ///
    /// @throws Problem saying what is wrong
    PlanLimitTerms changed(PlanLimitTerms before) {
        return terms(
                fields.sent(PLAN) ? plan() : before.planRef(),
                fields.sent(TENANT) ? tenant() : before.tenantId(),
                meter().orElse(before.meter()),
                fields.quantity(VALUE).orElse(before.value()),
                period().orElse(before.period()),
                operator().orElse(before.operator()),
                action().orElse(before.action()),
                fields.sent(WEBHOOK_URLS) ? webhookUrls() : before.webhookUrls(),
                type().orElse(before.metricType()),
                operation().orElse(before.operation()));
    }

    private PlanLimitTerms terms(
            Optional<String> plan,
            Optional<TenantId> tenant,
            MeterKey meter,
            Quantity value,
            LimitPeriod period,
            LimitOperator operator,
            BreachAction action,
            List<String> webhookUrls,
            MetricType type,
            Operation operation) {
        if (plan.isPresent() && tenant.isPresent()) {
            fields.wrong(TENANT[0], "INVALID_VALUE", "goes without plan_id: a limit is a plan's or a customer's");
        }
        fields.requireRight(TITLE, INVALID);
        return new PlanLimitTerms(plan, tenant, meter, value, period, operator, action, webhookUrls, type, operation);
    }

    private Optional<MeterKey> meter() {
        return fields.text(MeterKey::new, METER);
    }

    private Optional<String> plan() {
        return fields.text(PlanRef::read, PLAN).filter(text -> !text.isEmpty());
    }

    private Optional<TenantId> tenant() {
        return fields.text(
                        text -> text.isEmpty() ? Optional.<TenantId>empty() : Optional.of(new TenantId(text)), TENANT)
                .flatMap(found -> found);
    }

    private Optional<LimitPeriod> period() {
        return fields.chosen(LimitPeriod::ofWord, PERIODS, PERIOD);
    }

    private Optional<LimitOperator> operator() {
        return fields.chosen(LimitOperator::ofWord, OPERATORS, OPERATOR);
    }

    // What is never told and never denies makes no sense here; a metric of its own may have it.
    private Optional<BreachAction> action() {
        return fields.chosen(
                word -> BreachAction.ofWord(word).filter(action -> action != BreachAction.DISABLED), ACTIONS, ACTION);
    }

    private Optional<MetricType> type() {
        return fields.chosen(MetricType::ofWord, TYPES, METRIC_TYPE);
    }

    private Optional<Operation> operation() {
        return fields.chosen(PlanLimitBody::operation, OPERATIONS, OPERATION);
    }

    private List<String> webhookUrls() {
        return fields.text(this::webhookUrls, WEBHOOK_URLS).orElse(List.of());
    }

    private static Optional<Operation> operation(String word) {
        String name = word.equals(word.toLowerCase(Locale.ROOT)) ? word.toUpperCase(Locale.ROOT) : word;
        return Arrays.stream(Operation.values())
                .filter(operation -> operation.name().equals(name))
                .findFirst();
    }

    private List<String> webhookUrls(String text) {
        List<String> urls = Stream.of(text.split(",", -1))
                .map(String::strip)
                .filter(url -> !url.isEmpty())
                .distinct()
                .toList();
        if (urls.size() > PlanLimitTerms.URLS_MAX) {
            throw new IllegalArgumentException("must have at most " + PlanLimitTerms.URLS_MAX + " URLs");
        }
        urls.forEach(this::requireReachable);
        return urls;
    }

    private void requireReachable(String url) {
        URI target;
        try {
            target = new URI(url);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("must be https URLs, separated by commas", e);
        }
        if (url.length() > URL_LENGTH_MAX) {
            throw new IllegalArgumentException("must have URLs of at most " + URL_LENGTH_MAX + " characters");
        }
        switch (targets.check(target)) {
            case TargetVerdict.Allowed allowed -> {
                if (!"https".equalsIgnoreCase(target.getScheme()) && !targets.lists(target)) {
                    throw new IllegalArgumentException("must be https URLs");
                }
            }
            case TargetVerdict.Refused refused -> throw new IllegalArgumentException("has a URL that " + refused.why());
        }
    }
}
