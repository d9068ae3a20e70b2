package io.tollgate.control.tenant.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.control.tenant.Tenant;
import io.tollgate.control.tenant.TenantCreation;
import io.tollgate.control.tenant.TenantUsage;
import io.tollgate.metering.limit.EffectivePlan;
import io.tollgate.metering.limit.Plan;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tenants as answers write them.
final class TenantView {
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    private TenantView() {}

    static ObjectNode created(TenantCreation.Created created) {
        Tenant tenant = created.tenant();
        ObjectNode view = NODES.objectNode()
                .put("status", "created")
                .put("business_id", tenant.organizationId().value())
                .put("customer_id", tenant.id().value())
                .put("name", tenant.name())
                .put("description", tenant.description().orElse(null))
                .put("timestamp", tenant.updatedAt().orElse(tenant.createdAt()).getEpochSecond())
                .put("customer_name", tenant.name())
                .put("email", tenant.email().orElse(null))
                .put("plan_id", tenant.planRef().orElse(null));
        ArrayNode warnings = view.putArray("warnings");
        if (created.planMissing()) {
            warnings.add("plan_id " + tenant.planRef().orElse("") + " does not exist yet");
        }
        return view;
    }

    static ObjectNode listed(Tenant tenant, long totalEvents) {
        return NODES.objectNode()
                .put("customer_id", tenant.id().value())
                .put("customer_name", tenant.name())
                .put("plan_id", tenant.planRef().orElse(null))
                .put("status", tenant.status().name())
                .put("email", tenant.email().orElse(null))
                .put("total_events", totalEvents)
                .put("created_at", tenant.createdAt().toString())
                .put("updated_at", tenant.updatedAt().orElse(tenant.createdAt()).toString());
    }

    static ObjectNode updated(Tenant tenant) {
        return NODES.objectNode()
                .put("status", "updated")
                .put("customer_id", tenant.id().value())
                .put("plan_id", tenant.planRef().orElse(null))
                .put("stripe_price_id", tenant.stripePriceId().orElse(null))
                .put("subscription_ends_at", endsAt(tenant));
    }

    /// @param total usage in all time
    /// @param month usage in the current month
    static ObjectNode shown(
            Tenant tenant, EffectivePlan plan, List<TenantUsage.OfMeter> total, List<TenantUsage.OfMeter> month) {
        ObjectNode view = NODES.objectNode()
                .put("customer_id", tenant.id().value())
                .put("customer_name", tenant.name())
                .put("plan_id", tenant.planRef().orElse(null))
                .put("subscription_ends_at", endsAt(tenant))
                .put("stripe_price_id", tenant.stripePriceId().orElse(null))
                .put("email", tenant.email().orElse(null))
                .put("status", tenant.status().name())
                .put("description", tenant.description().orElse(null));
        view.set("metadata", tenant.metadata().orElse(NODES.nullNode()));
        view.put("stripe_customer_id", tenant.stripeCustomerId().orElse(null))
                .put("user_id", tenant.userId().orElse(null))
                .put("created_at", tenant.createdAt().toString());
        view.putObject("effective_plan")
                .put("plan_id", plan.plan().map(Plan::id).orElse(null))
                .put("source", plan.source().word())
                .put("reason", plan.reason());
        // Nobody has an invoice: this installation does not make any.
        view.putObject("stats")
                .put("total_events", count(total))
                .put("total_invoices", 0)
                .put(
                        "monthly_usage",
                        decimal(month.stream()
                                .map(TenantUsage.OfMeter::quantity)
                                .reduce(BigDecimal.ZERO, BigDecimal::add)))
                .put("monthly_event_count", count(month));
        ArrayNode byType = view.putArray("usage_by_type");
        total.forEach(meter -> byType.addObject()
                .put("event_type", meter.meter())
                .put("quantity", decimal(meter.quantity()))
                .put("count", meter.count()));
        return view;
    }

    private static long count(List<TenantUsage.OfMeter> usage) {
        return usage.stream().mapToLong(TenantUsage.OfMeter::count).sum();
    }

    private static @Nullable String endsAt(Tenant tenant) {
        return tenant.subscriptionEndsAt().map(Instant::toString).orElse(null);
    }

    /// This dialect shows every quantity with at least one fraction digit.
    private static BigDecimal decimal(BigDecimal value) {
        BigDecimal stripped = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        return stripped.setScale(Math.max(1, stripped.scale()));
    }
}
