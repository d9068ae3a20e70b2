package io.tollgate.ingest.event;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Reports for tests.
public final class Reports {
    public static final Instant NOW = Instant.parse("2026-03-04T10:15:30.123456Z");

    private Reports() {}

    /// A report of the events `tenant:key`, each with metadata and an event time.
    public static UsageReport of(String... tenantsAndKeys) {
        List<Reported> events = Arrays.stream(tenantsAndKeys)
                .<Reported>map(text -> {
                    int colon = text.indexOf(':');
                    return event(text.substring(0, colon), text.substring(colon + 1), "{\"a\":1}");
                })
                .toList();
        return of(events);
    }

    public static UsageReport of(List<Reported> events) {
        return taken(events).report();
    }

    public static Intake.Taken taken(List<Reported> events) {
        Intake intake = EventIntake.decide(
                new OrganizationId("biz_demo"),
                (organization, tenant) -> false,
                ZoneId.of("Europe/Berlin"),
                events,
                false,
                NOW,
                new SplittableRandom(1));
        return (Intake.Taken) intake;
    }

    public static ReportedEvent event(String tenant, String key, @Nullable String metadata) {
        return event(tenant, key, new MeterKey("calls"), "2.5", metadata);
    }

    public static ReportedEvent event(String tenant, @Nullable String key, MeterKey meter, String quantity) {
        return event(tenant, key, meter, quantity, null);
    }

    /// An event that is none.
    public static Reported.Invalid invalid() {
        return new Reported.Invalid(
                null,
                null,
                null,
                ErrorCode.VALIDATION_FAILED,
                List.of(new Problem.FieldError("events[0]", "REQUIRED", "is required")));
    }

    private static ReportedEvent event(
            String tenant, @Nullable String key, MeterKey meter, String amount, @Nullable String metadata) {
        Quantity quantity = Quantity.rounded(new BigDecimal(amount));
        return new ReportedEvent(
                new TenantId(tenant),
                meter,
                quantity,
                Instant.parse("2026-01-01T00:00:00.000001Z"),
                key,
                metadata,
                new Fingerprint.Maker().of(meter, null, quantity, null));
    }
}
