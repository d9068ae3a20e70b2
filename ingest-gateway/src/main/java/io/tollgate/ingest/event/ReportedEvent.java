package io.tollgate.ingest.event;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.quantity.Quantity;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One valid event as it was reported.
///
/// @param quantity greater than zero
/// @param eventTime when the use happened; arrival if the reporter gave none
/// @param idempotencyKey 1 to 255 characters; null: never taken for a duplicate
/// @param metadata compact JSON object as given; null if empty or absent
/// @param fingerprint identity of the payload
public record ReportedEvent(
        TenantId tenantId,
        MeterKey meter,
        Quantity quantity,
        Instant eventTime,
        @Nullable String idempotencyKey,
        @Nullable String metadata,
        Fingerprint fingerprint)
        implements Reported {
    /// Longest idempotency key in characters.
    public static final int IDEMPOTENCY_KEY_LENGTH_MAX = 255;
}
