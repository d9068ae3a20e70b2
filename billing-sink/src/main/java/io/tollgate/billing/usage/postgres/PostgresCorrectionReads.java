package io.tollgate.billing.usage.postgres;

import io.tollgate.billing.usage.CorrectableEvent;
import io.tollgate.billing.usage.CorrectionReads;
import io.tollgate.billing.usage.EventCorrection;
import io.tollgate.billing.usage.LogPlace;
import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;

/// Events and their corrections in PostgreSQL.
public final class PostgresCorrectionReads implements CorrectionReads {
    private static final String FIND = """
            SELECT DISTINCT ON (u.event_id)
                   u.event_id, u.organization_id, u.subject, u.meter, u.quantity, u.occurred_at, u.metadata,
                   u.log_partition, u.log_offset, u.log_index,
                   c.id, c.kind, c.replacement_id, c.reason, c.actor, c.request_id, c.fingerprint, c.received_at,
                   c.log_partition AS command_partition, c.log_offset AS command_offset,
                   (SELECT i.id FROM %s AND i.status IN ('PENDING', 'OVERDUE', 'PAID')) AS billed_by
            FROM usage_events u
            LEFT JOIN event_corrections c ON c.event_id = u.event_id AND c.organization_id = u.organization_id
            WHERE u.event_id = ANY (:ids) AND u.organization_id = :organizationId
            ORDER BY u.event_id, u.occurred_at
            """.formatted(PostgresUsageReads.BILLING);

    private final Jdbi jdbi;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresCorrectionReads(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public List<CorrectableEvent> find(OrganizationId organizationId, Collection<EventId> ids) {
        return jdbi.withHandle(handle -> handle.createQuery(FIND)
                .bindArray("ids", String.class, ids.stream().map(EventId::value).toList())
                .bind("organizationId", organizationId.value())
                .map((row, context) -> event(row))
                .list());
    }

    @Override
    public Optional<String> rejection(OrganizationId organizationId, EventId id) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT reason FROM rejected_events WHERE event_id = :id AND organization_id = :organizationId
                        ORDER BY rejected_at, log_offset, log_index LIMIT 1
                        """)
                .bind("id", id.value())
                .bind("organizationId", organizationId.value())
                .mapTo(String.class)
                .findOne());
    }

    private static CorrectableEvent event(ResultSet row) throws SQLException {
        EventId id = new EventId(row.getString("event_id"));
        return new CorrectableEvent(
                id,
                subject(row),
                new MeterKey(row.getString("meter")),
                row.getBigDecimal("quantity"),
                instant(row, "occurred_at"),
                Optional.ofNullable(row.getString("metadata"))
                        .map(Metadata::fromColumn)
                        .orElse("{}"),
                new LogPlace(row.getInt("log_partition"), row.getLong("log_offset"), row.getInt("log_index")),
                correction(row, id),
                Optional.ofNullable(row.getString("billed_by")));
    }

    private static Optional<EventCorrection> correction(ResultSet row, EventId id) throws SQLException {
        UUID command = row.getObject("id", UUID.class);
        return command == null
                ? Optional.empty()
                : Optional.of(new EventCorrection(
                        command,
                        EventCorrection.Kind.valueOf(row.getString("kind")),
                        id,
                        Optional.ofNullable(row.getString("replacement_id")).map(EventId::new),
                        subject(row),
                        new MeterKey(row.getString("meter")),
                        row.getBigDecimal("quantity"),
                        instant(row, "occurred_at"),
                        row.getString("reason"),
                        row.getString("actor"),
                        Optional.ofNullable(row.getString("request_id")),
                        row.getBytes("fingerprint"),
                        instant(row, "received_at"),
                        row.getInt("command_partition"),
                        row.getLong("command_offset")));
    }

    private static SubjectKey subject(ResultSet row) throws SQLException {
        return new SubjectKey(
                new OrganizationId(row.getString("organization_id")), new SubjectId(row.getString("subject")));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
