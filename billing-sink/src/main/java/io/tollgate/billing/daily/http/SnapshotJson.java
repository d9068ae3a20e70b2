package io.tollgate.billing.daily.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tollgate.billing.daily.DailyRun;
import io.tollgate.billing.daily.DailySnapshots.OfTenant;
import io.tollgate.billing.daily.Granularity;
import io.tollgate.billing.daily.SnapshotCursor;
import io.tollgate.billing.daily.SnapshotFigures.Page;
import io.tollgate.billing.daily.SnapshotFigures.Told;
import io.tollgate.billing.daily.SnapshotFigures.ToldTotal;
import io.tollgate.billing.usage.http.PlainJson;
import io.tollgate.contract.OrganizationId;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Daily snapshots as JSON; what a scheduler is answered has the names that it is published with.
final class SnapshotJson {
    private SnapshotJson() {}

    static byte[] description() {
        return PlainJson.object(json -> {
            json.writeStringField("status", "healthy");
            json.writeStringField("endpoint", "/api/cron/snapshots");
            json.writeStringField("description", "Makes the daily usage snapshots of all tenants");
            json.writeStringField("usage", "POST with Authorization: Bearer <CRON_SECRET>");
        });
    }

    static byte[] toJson(DailyRun.Summary summary) {
        return PlainJson.object(json -> {
            json.writeBooleanField("success", summary.failures() == 0);
            json.writeStringField(
                    "snapshotDate",
                    summary.day().atStartOfDay(ZoneOffset.UTC).toInstant().toString());
            json.writeObjectFieldStart("summary");
            json.writeNumberField("tenantsProcessed", summary.tenantsProcessed());
            json.writeNumberField("totalSnapshots", summary.totalSnapshots());
            json.writeNumberField("tenantsWithUsage", summary.tenantsWithUsage());
            json.writeNumberField("errors", summary.failures());
            json.writeEndObject();
            if (summary.results().isPresent()) {
                json.writeArrayFieldStart("results");
                for (OfTenant tenant : summary.results().get()) {
                    result(json, tenant);
                }
                json.writeEndArray();
            }
            if (summary.failures() > 0) {
                json.writeArrayFieldStart("errors");
                for (OrganizationId failed : summary.failed()) {
                    json.writeStartObject();
                    json.writeStringField("organizationId", failed.value());
                    json.writeStringField("error", "Its snapshots could not be made; the log of the server says why.");
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
        });
    }

    /// Tenants have the id that their organization gave them and no other.
    private static void result(JsonGenerator json, OfTenant tenant) throws IOException {
        json.writeStartObject();
        json.writeStringField("organizationId", tenant.organizationId().value());
        json.writeStringField("tenantId", tenant.tenantId());
        json.writeStringField("externalId", tenant.tenantId());
        json.writeNumberField("snapshotsCreated", tenant.snapshots());
        json.writeArrayFieldStart("eventTypes");
        for (String meter : tenant.meters()) {
            json.writeString(meter);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    static byte[] list(Page page) {
        return PlainJson.object(json -> {
            snapshots(json, page.snapshots());
            PlainJson.text(json, "next_cursor", page.next().map(SnapshotCursor::toText));
        });
    }

    /// @param count of which those on the page may be the first
    static byte[] made(long count, Page page) {
        return PlainJson.object(json -> {
            json.writeNumberField("count", count);
            snapshots(json, page.snapshots());
        });
    }

    private static void snapshots(JsonGenerator json, List<Told> told) throws IOException {
        json.writeArrayFieldStart("snapshots");
        for (Told one : told) {
            json.writeStartObject();
            json.writeStringField("tenant_id", one.snapshot().tenantId());
            json.writeStringField("snapshot_date", one.snapshot().day().toString());
            json.writeStringField("event_type", one.snapshot().meter());
            PlainJson.number(json, "total_quantity", one.quantity());
            json.writeNumberField("event_count", one.snapshot().counted().eventCount());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    static byte[] totals(List<ToldTotal> totals, Granularity granularity) {
        Map<LocalDate, List<ToldTotal>> byPeriod =
                totals.stream().collect(Collectors.groupingBy(ToldTotal::start, TreeMap::new, Collectors.toList()));
        return PlainJson.array(json -> {
            for (Map.Entry<LocalDate, List<ToldTotal>> period : byPeriod.entrySet()) {
                json.writeStartObject();
                json.writeStringField("period", granularity.nameOf(period.getKey()));
                json.writeArrayFieldStart("event_types");
                for (ToldTotal total : period.getValue()) {
                    json.writeStartObject();
                    json.writeStringField("event_type", total.meter());
                    PlainJson.number(json, "quantity", total.quantity());
                    json.writeEndObject();
                }
                json.writeEndArray();
                PlainJson.number(
                        json,
                        "total_quantity",
                        period.getValue().stream().map(ToldTotal::quantity).reduce(BigDecimal.ZERO, BigDecimal::add));
                json.writeEndObject();
            }
        });
    }
}
