package io.tollgate.ingest.event;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.quantity.Quantity;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One valid event as it was reported.
///
/// @param tenantId who used; null: the organization itself
/// @param quantity greater than zero, except for metric updates
/// @param eventTime when the use happened; arrival if the reporter gave none
/// @param idempotencyKey 1 to 255 characters; null: never taken for a duplicate
/// @param metadata compact JSON object as given; null if empty or absent
/// @param fingerprint identity of the payload
public record ReportedEvent(
        @Nullable TenantId tenantId,
        MeterKey meter,
        Quantity quantity,
        Instant eventTime,
        @Nullable String idempotencyKey,
        @Nullable String metadata,
        Fingerprint fingerprint)
        implements Reported {
    /// Longest idempotency key in characters.
    public static final int IDEMPOTENCY_KEY_LENGTH_MAX = 255;

    public SubjectId subject() {
        return tenantId == null ? SubjectId.organization() : SubjectId.tenant(tenantId);
    }
}
