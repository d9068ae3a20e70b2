package io.tollgate.billing.report.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tollgate.billing.invoice.BillingTotals;
import io.tollgate.billing.report.Activity;
import io.tollgate.billing.report.BusyTenant;
import io.tollgate.billing.usage.UsageLine;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.http.Periods;
import io.tollgate.billing.usage.http.PlainJson;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// Reports as JSON.
final class ReportJson {
    private ReportJson() {}

    static byte[] usage(UsageQuery query, List<UsageLine> lines) {
        return PlainJson.object(json -> {
            json.writeObjectFieldStart("period");
            json.writeStringField("start", query.period().from().toString());
            json.writeStringField("end", Periods.lastOf(query.period()));
            json.writeEndObject();
            byType(json, "usage", lines);
        });
    }

    /// The totals of the parts add up to those of the whole.
    ///
    /// @param billed by currency, the most used one first: its sum is told
    static byte[] organization(long tenants, List<UsageLine> lines, List<BillingTotals> billed) {
        return PlainJson.object(json -> {
            json.writeNumberField("tenant_count", tenants);
            json.writeObjectFieldStart("usage");
            PlainJson.number(
                    json,
                    "total_quantity",
                    lines.stream().map(UsageLine::total).reduce(BigDecimal.ZERO, BigDecimal::add));
            json.writeNumberField(
                    "total_events",
                    lines.stream().mapToLong(UsageLine::eventCount).sum());
            byType(json, "by_type", lines);
            json.writeEndObject();
            json.writeObjectFieldStart("billing");
            PlainJson.number(
                    json,
                    "total_revenue",
                    billed.stream().findFirst().map(BillingTotals::billed).orElse(BigDecimal.ZERO));
            json.writeNumberField(
                    "invoice_count",
                    billed.stream().findFirst().map(BillingTotals::invoices).orElse(0L));
            json.writeEndObject();
        });
    }

    static byte[] hotTenants(Activity activity, Map<BusyTenant, BigDecimal> fill) {
        return PlainJson.object(json -> {
            json.writeArrayFieldStart("tenants");
            for (BusyTenant tenant : activity.busiest()) {
                json.writeStartObject();
                json.writeStringField("tenant_id", tenant.tenantId().value());
                PlainJson.number(json, "events_per_min", activity.perMinute(tenant));
                // What an hour costs depends on the tiers that its period has reached: it is not told yet.
                json.writeNullField("cost_per_hour");
                BigDecimal percent = fill.get(tenant);
                if (percent == null) {
                    json.writeNullField("quota_usage_pct");
                } else {
                    PlainJson.number(json, "quota_usage_pct", percent);
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static void byType(JsonGenerator json, String member, List<UsageLine> lines) throws IOException {
        json.writeArrayFieldStart(member);
        for (UsageLine line : lines) {
            json.writeStartObject();
            json.writeStringField("event_type", line.names().getFirst());
            PlainJson.number(json, "total_quantity", line.total());
            json.writeNumberField("event_count", line.eventCount());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
