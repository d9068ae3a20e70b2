package io.tollgate.control.edition.postgres;

import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/// Subscriptions of editions as the provider tells of them, within the transaction of a handle.
///
/// @param now when it is done
public record EditionRows(Handle handle, Instant now) {
    /// A subscription as it is now.
    ///
    /// @param status in the provider's words
    public record Told(
            String subscription,
            String status,
            Optional<Instant> periodStart,
            Optional<Instant> periodEnd,
            boolean cancelsAtPeriodEnd,
            Optional<Instant> endedAt) {}

    /// The edition that has a price at the provider.
    public Optional<String> ofPrice(String price) {
        return handle.createQuery("SELECT id FROM editions WHERE stripe_price_id = :price")
                .bind("price", price)
                .mapTo(String.class)
                .findOne();
    }

    public boolean knows(String subscription) {
        return handle.createQuery("SELECT count(*) FROM subscriptions WHERE provider_id = :subscription")
                        .bind("subscription", subscription)
                        .mapTo(Long.class)
                        .one()
                > 0;
    }

    public void told(String organizationId, String editionId, Told told) {
        handle.createUpdate("""
                        INSERT INTO subscriptions
                            (organization_id, provider_id, edition_id, status, period_start, period_end,
                             cancel_at_period_end, ended_at, created_at)
                        VALUES
                            (:organizationId, :subscription, :editionId, :status, :periodStart, :periodEnd, :cancels,
                             :endedAt, :now)
                        ON CONFLICT (organization_id, provider_id) DO UPDATE SET edition_id = EXCLUDED.edition_id,
                            status = EXCLUDED.status,
                            period_start = coalesce(EXCLUDED.period_start, subscriptions.period_start),
                            period_end = coalesce(EXCLUDED.period_end, subscriptions.period_end),
                            cancel_at_period_end = EXCLUDED.cancel_at_period_end, ended_at = EXCLUDED.ended_at
                        """)
                .bind("organizationId", organizationId)
                .bind("subscription", told.subscription())
                .bind("editionId", editionId)
                .bind("status", told.status())
                .bind(
                        "periodStart",
                        told.periodStart().map(DefinitionChanges::utc).orElse(null))
                .bind("periodEnd", told.periodEnd().map(DefinitionChanges::utc).orElse(null))
                .bind("cancels", told.cancelsAtPeriodEnd())
                .bind("endedAt", told.endedAt().map(DefinitionChanges::utc).orElse(null))
                .bind("now", DefinitionChanges.utc(now))
                .execute();
    }

    public void ended(String organizationId, String subscription, String status, Optional<Instant> endedAt) {
        handle.createUpdate("UPDATE subscriptions SET status = :status, ended_at = :endedAt"
                        + " WHERE organization_id = :organizationId AND provider_id = :subscription")
                .bind("status", status)
                .bind("endedAt", DefinitionChanges.utc(endedAt.orElse(now)))
                .bind("organizationId", organizationId)
                .bind("subscription", subscription)
                .execute();
    }
}
