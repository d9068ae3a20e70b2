package io.tollgate.control.edition.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.control.edition.Edition;
import io.tollgate.control.edition.EditionSubscription;
import io.tollgate.control.edition.Editions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/// Editions in PostgreSQL.
public final class PostgresEditions implements Editions {
    /// More than anybody offers.
    private static final int OFFERED_MAX = 100;

    private static final String COLUMNS =
            "e.id, e.name, e.description, e.base_price, e.included_events, e.overage_rate, e.features, e.stripe_price_id,"
                    + " e.is_active";

    private final Jdbi jdbi;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresEditions(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public List<Edition> offered() {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT " + COLUMNS
                                + " FROM editions e WHERE e.line = 'usage' AND e.is_active ORDER BY e.base_price, e.id LIMIT :max")
                .bind("max", OFFERED_MAX)
                .map((row, context) -> edition(row))
                .list());
    }

    @Override
    public Optional<Edition> find(String id) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT " + COLUMNS + " FROM editions e WHERE e.line = 'usage' AND e.is_active AND e.id = :id")
                .bind("id", id)
                .map((row, context) -> edition(row))
                .findOne());
    }

    @Override
    public Optional<EditionSubscription> current(OrganizationId organizationId) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT " + COLUMNS + """
                        , s.provider_id, s.status, s.period_start, s.period_end, s.cancel_at_period_end, s.created_at
                        FROM subscriptions s JOIN editions e ON e.id = s.edition_id
                        WHERE s.organization_id = :organizationId AND s.status IN ('active', 'trialing', 'past_due')
                        ORDER BY s.created_at DESC, s.provider_id DESC LIMIT 1
                        """)
                .bind("organizationId", organizationId.value())
                .map((row, context) -> new EditionSubscription(
                        row.getString("provider_id"),
                        edition(row),
                        row.getString("status"),
                        instant(row, "period_start"),
                        instant(row, "period_end"),
                        row.getBoolean("cancel_at_period_end"),
                        instant(row, "created_at").orElseThrow()))
                .findOne());
    }

    @Override
    public Optional<Buyer> buyer(OrganizationId organizationId) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT name, email, time_zone, stripe_customer_id FROM organizations"
                                + " WHERE id = :id AND deleted_at IS NULL")
                .bind("id", organizationId.value())
                .map((row, context) -> new Buyer(
                        organizationId,
                        row.getString("name"),
                        row.getString("email"),
                        ZoneId.of(row.getString("time_zone")),
                        Optional.ofNullable(row.getString("stripe_customer_id"))))
                .findOne());
    }

    private static Edition edition(ResultSet row) throws SQLException {
        return new Edition(
                row.getString("id"),
                row.getString("name"),
                row.getString("description"),
                row.getLong("base_price"),
                row.getLong("included_events"),
                row.getBigDecimal("overage_rate"),
                List.of((String[]) row.getArray("features").getArray()),
                Optional.ofNullable(row.getString("stripe_price_id")),
                row.getBoolean("is_active"));
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }
}
