package io.tollgate.billing.usage.postgres;

import io.tollgate.billing.usage.EventCursor;
import io.tollgate.billing.usage.EventPage;
import io.tollgate.billing.usage.EventQuery;
import io.tollgate.billing.usage.LabelledSpan;
import io.tollgate.billing.usage.StoredEvent;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageReads;
import io.tollgate.billing.usage.UsageRow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Jdbi;

/// Queries in PostgreSQL. Each runs in one read-only snapshot, and is given up after [#STATEMENT_TIME_MAX_MS].
public final class PostgresUsageReads implements UsageReads {
    /// Long enough to count tens of millions of events; a query beyond it would only hold a connection.
    private static final int STATEMENT_TIME_MAX_MS = 20_000;

    private final Jdbi jdbi;

    public PostgresUsageReads(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    private interface Read<T> {
        T from(Connection connection) throws SQLException;
    }

    private <T> T inSnapshot(Read<T> read) {
        return jdbi.inTransaction(handle -> {
            handle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
            handle.execute("SET LOCAL statement_timeout = " + STATEMENT_TIME_MAX_MS);
            try {
                return read.from(handle.getConnection());
            } catch (SQLException e) {
                throw new SqlFailure(e);
            }
        });
    }

    /// A condition in SQL with the values of its marks.
    private static final class Condition {
        private final StringBuilder sql = new StringBuilder();
        private final List<Object> values = new ArrayList<>();

        Condition and(String term, Object value) {
            sql.append(" AND ").append(term);
            values.add(value);
            return this;
        }

        void bind(PreparedStatement statement, int first) throws SQLException {
            for (int i = 0; i < values.size(); i++) {
                Object value = values.get(i);
                if (value instanceof String[] texts) {
                    statement.setArray(first + i, statement.getConnection().createArrayOf("text", texts));
                } else {
                    statement.setObject(first + i, value);
                }
            }
        }
    }

    private static Condition subjectsAndMeters(List<String> tenants, List<String> meters) {
        Condition condition = new Condition();
        if (!tenants.isEmpty()) {
            condition.and(
                    "subject = ANY (?)",
                    tenants.stream().map(tenant -> "tenant:" + tenant).toArray(String[]::new));
        }
        if (!meters.isEmpty()) {
            condition.and("meter = ANY (?)", meters.toArray(String[]::new));
        }
        return condition;
    }

    @Override
    public EventPage events(EventQuery query) {
        Condition matching = subjectsAndMeters(query.tenants(), query.meters());
        query.from().ifPresent(from -> matching.and("occurred_at >= ?", from.atOffset(ZoneOffset.UTC)));
        query.before().ifPresent(before -> matching.and("occurred_at < ?", before.atOffset(ZoneOffset.UTC)));
        query.status().ifPresent(status -> matching.and("status = ?", status));
        return inSnapshot(connection -> {
            long total = total(connection, query, matching);
            List<StoredEvent> events = page(connection, query, matching);
            if (events.size() <= query.limit()) {
                return new EventPage(events, total, Optional.empty());
            }
            StoredEvent last = events.get(query.limit() - 1);
            return new EventPage(
                    events.subList(0, query.limit()),
                    total,
                    Optional.of(new EventCursor(last.occurredAt(), last.id())));
        });
    }

    private static long total(Connection connection, EventQuery query, Condition matching) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT count(*) FROM usage_events WHERE organization_id = ?" + matching.sql)) {
            select.setString(1, query.organizationId().value());
            matching.bind(select, 2);
            try (ResultSet rows = select.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    // One more than asked for, which tells whether there is a next part.
    private static List<StoredEvent> page(Connection connection, EventQuery query, Condition matching)
            throws SQLException {
        String place = query.after().isPresent() ? " AND (occurred_at, event_id) < (?, ?)" : "";
        try (PreparedStatement select = connection.prepareStatement("SELECT event_id, tenant_id, meter, quantity,"
                + " metadata, occurred_at, idempotency_key, received_at, status FROM usage_events"
                + " WHERE organization_id = ?" + matching.sql + place
                + " ORDER BY occurred_at DESC, event_id DESC LIMIT ?")) {
            select.setString(1, query.organizationId().value());
            matching.bind(select, 2);
            int next = 2 + matching.values.size();
            if (query.after().isPresent()) {
                EventCursor after = query.after().get();
                select.setObject(next++, after.occurredAt().atOffset(ZoneOffset.UTC));
                select.setString(next++, after.eventId());
            }
            select.setInt(next, query.limit() + 1);
            try (ResultSet rows = select.executeQuery()) {
                List<StoredEvent> events = new ArrayList<>();
                while (rows.next()) {
                    events.add(fromRow(rows));
                }
                return events;
            }
        }
    }

    private static StoredEvent fromRow(ResultSet row) throws SQLException {
        return new StoredEvent(
                row.getString("event_id"),
                Optional.ofNullable(row.getString("tenant_id")),
                row.getString("meter"),
                row.getBigDecimal("quantity"),
                Optional.ofNullable(row.getString("metadata"))
                        .map(Metadata::fromColumn)
                        .orElse("{}"),
                row.getObject("occurred_at", OffsetDateTime.class).toInstant(),
                Optional.ofNullable(row.getString("idempotency_key")),
                row.getObject("received_at", OffsetDateTime.class).toInstant(),
                row.getString("status"));
    }

    @Override
    public List<UsageRow> usage(UsageQuery query) {
        String name = switch (query.grouping()) {
            case EVENT_TYPE -> "u.meter";
            case TENANT -> "CASE WHEN starts_with(u.subject, 'tenant:') THEN substr(u.subject, 8) END";
            case DAY -> "s.label";
        };
        Condition matching = subjectsAndMeters(query.tenants(), query.meters());
        String after = query.after().isPresent() ? " AND name > ?" : "";
        String sql = "SELECT name, sum(quantity) AS total_quantity, sum(events) AS event_count FROM ("
                + " SELECT " + name + " COLLATE \"C\" AS name, u.quantity_sum AS quantity, u.event_count AS events"
                + " FROM unnest(?, ?::timestamptz[], ?::timestamptz[]) AS s (label, span_from, span_before)"
                + " JOIN counters u ON u.organization_id = ? AND u.window_kind = 'HOUR'"
                + " AND u.window_start >= s.span_from AND u.window_start < s.span_before" + matching.sql
                + " UNION ALL"
                + " SELECT " + name + " COLLATE \"C\" AS name, u.quantity, 1"
                + " FROM unnest(?, ?::timestamptz[], ?::timestamptz[]) AS s (label, span_from, span_before)"
                + " JOIN usage_events u ON u.organization_id = ? AND u.status = 'ACCEPTED'"
                + " AND u.occurred_at >= s.span_from AND u.occurred_at < s.span_before" + matching.sql
                + ") AS parts WHERE name IS NOT NULL" + after
                + " GROUP BY name HAVING sum(events) > 0 ORDER BY name LIMIT ?";
        return inSnapshot(connection -> {
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                int next = bindPart(select, 1, query, query.coverage().hours(), matching);
                next = bindPart(select, next, query, query.coverage().edges(), matching);
                if (query.after().isPresent()) {
                    select.setString(next++, query.after().get());
                }
                select.setInt(next, query.limit());
                try (ResultSet rows = select.executeQuery()) {
                    List<UsageRow> usage = new ArrayList<>();
                    while (rows.next()) {
                        usage.add(new UsageRow(rows.getString(1), rows.getBigDecimal(2), rows.getLong(3)));
                    }
                    return usage;
                }
            }
        });
    }

    /// Answers the number of the next mark.
    private static int bindPart(
            PreparedStatement select, int first, UsageQuery query, List<LabelledSpan> spans, Condition matching)
            throws SQLException {
        setTexts(select, first, spans, LabelledSpan::label);
        setTexts(select, first + 1, spans, span -> span.span().from().toString());
        setTexts(select, first + 2, spans, span -> span.span().before().toString());
        select.setString(first + 3, query.organizationId().value());
        matching.bind(select, first + 4);
        return first + 4 + matching.values.size();
    }

    private static void setTexts(
            PreparedStatement select, int mark, List<LabelledSpan> spans, Function<LabelledSpan, String> text)
            throws SQLException {
        select.setArray(
                mark,
                select.getConnection()
                        .createArrayOf("text", spans.stream().map(text).toArray(String[]::new)));
    }
}
