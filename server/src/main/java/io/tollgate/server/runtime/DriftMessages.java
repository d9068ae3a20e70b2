package io.tollgate.server.runtime;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.contract.webhook.WebhookType;
import io.tollgate.control.cycle.CycleKey;
import io.tollgate.control.cycle.DriftNotices;
import io.tollgate.control.cycle.UsageReconciliation;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jdbi.v3.core.Jdbi;

/// Drifts as webhook messages.
record DriftMessages(Jdbi jdbi) implements DriftNotices {
    @Override
    public void raise(UsageReconciliation.Row row, Instant now) {
        CycleKey key = row.cycle().key();
        BigDecimal reported = row.cycle().reported();
        String added = row.provider().map(BigDecimal::toPlainString).orElse("unknown");
        jdbi.useHandle(handle -> handle.createQuery("""
                        SELECT raise_webhook_message(:organization, :tenant, :type, :cause, CAST(:data AS jsonb), :raisedAt)
                        """)
                .bind("organization", key.organizationId().value())
                .bind("tenant", key.tenantId().value())
                .bind("type", WebhookType.STRIPE_DRIFT.word())
                .bind("cause", row.cycle().id() + ":" + reported.toPlainString() + ":" + added)
                .bind(
                        "data",
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("tenant_id", key.tenantId().value())
                                .put("event_type", key.meter().value())
                                .put("period_start", row.cycle().start().toString())
                                .put("period_end", row.cycle().end().toString())
                                .put("reported_quantity", reported)
                                .put("stripe_quantity", row.provider().orElse(null))
                                .toString())
                .bind("raisedAt", now.atOffset(ZoneOffset.UTC))
                .mapTo(Long.class)
                .one());
    }
}
