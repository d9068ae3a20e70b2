package io.tollgate.billing.daily.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.http.BodyFields;
import io.tollgate.http.JsonBody;
import java.time.LocalDate;
import java.util.Optional;

/// Which snapshots a request wants to have made.
record SnapshotBody(LocalDate day, Optional<MeterKey> meter, Optional<TenantId> tenantId) {
    private static final String INVALID = "Invalid request body";

    /// @param today the last day that there are snapshots of
    /// @throws Problem saying everything that is wrong
    static SnapshotBody read(HttpRequest<byte[]> request, LocalDate today) {
        BodyFields fields = new BodyFields(JsonBody.object(request, INVALID, INVALID));
        fields.require("snapshot_date");
        Optional<LocalDate> day = fields.text(text -> SnapshotDay.read(text, today), "snapshot_date");
        Optional<MeterKey> meter = fields.text(MeterKey::new, "event_type", "metric_name", "meter");
        Optional<TenantId> tenant = fields.text(TenantId::new, "tenant_id", "customer_id");
        fields.requireRight();
        return new SnapshotBody(day.orElseThrow(), meter, tenant);
    }
}
