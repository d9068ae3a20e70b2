package io.tollgate.control.quota.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.TenantId;
import io.tollgate.control.quota.LimitType;
import io.tollgate.control.quota.QuotaTerms;
import io.tollgate.control.quota.QuotaUsage.Usage;
import io.tollgate.control.quota.StoredQuota;
import io.tollgate.control.quota.WindowLength;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.quota.QuotaPeriod;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/// A quota as answers write it. Every member is there, and null where it has no value. Numbers are plain: no exponent,
/// no trailing zeros.
final class QuotaView {
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    private QuotaView() {}

    /// @param zone of the organization, in which calendar windows end
    /// @param usage of the window that holds `now`
    static ObjectNode toJson(StoredQuota quota, Instant now, ZoneId zone, Optional<Usage> usage) {
        QuotaTerms terms = quota.terms();
        Optional<QuotaPeriod.Custom> custom =
                terms.period() instanceof QuotaPeriod.Custom window ? Optional.of(window) : Optional.empty();
        return NODES.objectNode()
                .put("id", quota.id())
                .put("tenant_id", quota.target().tenantId().map(TenantId::value).orElse(null))
                .put("event_type", quota.target().meter().value())
                .put("limit_value", plain(terms.limit().value()))
                .put("limit_type", LimitType.of(terms.period()).name())
                .put(
                        "window_start",
                        custom.map(window -> window.anchor().toString()).orElse(null))
                .put(
                        "window_length",
                        custom.map(window -> WindowLength.toText(window.length()))
                                .orElse(null))
                .put("enforcement_mode", terms.mode().name())
                .put(
                        "soft_limit_value",
                        terms.softLimitValue()
                                .map(Quantity::value)
                                .map(QuotaView::plain)
                                .orElse(null))
                .put("soft_limit_percent", terms.softLimitPercent().orElse(null))
                .put("overage_allowed", plain(terms.overageAllowed().value()))
                .put("grace_period_hours", terms.gracePeriodHours().orElse(null))
                .put(
                        "grace_period_end",
                        terms.gracePeriodEnd().map(Instant::toString).orElse(null))
                .put(
                        "reset_at",
                        terms.period()
                                .containing(now, zone)
                                .resetsAt()
                                .map(Instant::toString)
                                .orElse(null))
                .put("current", usage.map(Usage::current).map(QuotaView::plain).orElse(null))
                .put(
                        "reserved",
                        usage.map(Usage::reserved).map(QuotaView::plain).orElse(null))
                .put("created_at", quota.createdAt().toString())
                .put("updated_at", quota.updatedAt().toString());
    }

    private static BigDecimal plain(BigDecimal value) {
        return new BigDecimal(Quantity.plain(value));
    }
}
