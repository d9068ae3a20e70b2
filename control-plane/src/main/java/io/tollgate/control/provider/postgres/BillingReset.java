package io.tollgate.control.provider.postgres;

import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.time.Instant;
import org.jdbi.v3.core.Handle;

/// A billing reset of one tenant: a row that becomes a command in the log of events.
final class BillingReset {
    private BillingReset() {}

    /// @param cause the same again resets nothing
    /// @return whether it was the first with this cause
    static boolean of(Handle handle, String organizationId, String tenantId, String cause, Instant now) {
        return handle.createUpdate("""
                        INSERT INTO counter_cuts (id, organization_id, subject, kind, meter, cause, created_at)
                        VALUES (gen_random_uuid(), :organizationId, 'tenant:' || :tenantId, 'BILLING_RESET', NULL, :cause, :now)
                        ON CONFLICT (organization_id, subject, kind, cause) DO NOTHING
                        """)
                        .bind("organizationId", organizationId)
                        .bind("tenantId", tenantId)
                        .bind("cause", cause)
                        .bind("now", DefinitionChanges.utc(now))
                        .execute()
                == 1;
    }
}
