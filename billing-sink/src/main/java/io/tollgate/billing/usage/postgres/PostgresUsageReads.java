package io.tollgate.billing.usage.postgres;

import io.tollgate.billing.usage.EventCursor;
import io.tollgate.billing.usage.EventPage;
import io.tollgate.billing.usage.EventQuery;
import io.tollgate.billing.usage.FoundEvent;
import io.tollgate.billing.usage.Grouping;
import io.tollgate.billing.usage.LogPlace;
import io.tollgate.billing.usage.RejectedCursor;
import io.tollgate.billing.usage.RejectedEvent;
import io.tollgate.billing.usage.RejectedPage;
import io.tollgate.billing.usage.RejectedQuery;
import io.tollgate.billing.usage.RowKey;
import io.tollgate.billing.usage.Span;
import io.tollgate.billing.usage.StoredEvent;
import io.tollgate.billing.usage.UsageOutcome;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageReads;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Jdbi;

/// Queries in PostgreSQL. Each runs in one read-only snapshot, and is given up after [#STATEMENT_TIME_MAX_MS].
public final class PostgresUsageReads implements UsageReads {
    /// Long enough to read [UsageReads#READ_MAX] rows from a slow disk; a query beyond it would only hold a connection.
    private static final int STATEMENT_TIME_MAX_MS = 20_000;

    /// The state in which events are in counters.
    private static final String COUNTED = "ACCEPTED";

    /// All time that events are stored of.
    private static final Span ALWAYS =
            new Span(Instant.parse("0001-01-01T00:00:00Z"), Instant.parse("9999-12-31T23:59:59.999999Z"));

    /// The invoice `i` that bills an event `u`, with its coverage `v`; one that an event was taken out before does not.
    static final String BILLING = "invoice_coverage v JOIN invoices i ON i.id = v.invoice_id"
            + " WHERE v.organization_id = u.organization_id AND v.tenant_id = u.tenant_id"
            + " AND v.event_times @> u.occurred_at AND v.log_offsets @> u.log_offset"
            + " AND (u.status = 'ACCEPTED' OR NOT EXISTS (SELECT 1 FROM event_corrections x"
            + " WHERE x.event_id = u.event_id AND x.log_offset < i.log_before))";

    private static final String EVENT_COLUMNS =
            "event_id, tenant_id, meter, quantity, metadata, occurred_at, idempotency_key, received_at, status,"
                    + " (SELECT c.event_id FROM event_corrections c WHERE c.replacement_id = u.event_id"
                    + " AND c.organization_id = u.organization_id) AS amends,"
                    + " (SELECT c.actor FROM event_corrections c WHERE c.event_id = u.event_id"
                    + " AND c.organization_id = u.organization_id) AS voided_by,"
                    + " (SELECT i.id FROM " + BILLING + ") AS invoice_id,"
                    + " (SELECT i.finalized_at FROM " + BILLING + ") AS billed_at";
    private static final String REJECTED_COLUMNS =
            "event_id, CASE WHEN starts_with(subject, 'tenant:') THEN substr(subject, 8) END AS tenant_id, meter,"
                    + " quantity, metadata, occurred_at, idempotency_key, received_at, 'REJECTED' AS status, NULL AS amends,"
                    + " NULL AS voided_by, NULL AS invoice_id, NULL::timestamptz AS billed_at, rejected_at,"
                    + " reason, detail, log_partition, log_offset, log_index";

    private final Jdbi jdbi;
    private final long readMax;
    private final int subjectsMax;
    private final int statementTimeMaxMs;

    public PostgresUsageReads(Jdbi jdbi) {
        this(jdbi, READ_MAX, SUBJECTS_MAX, STATEMENT_TIME_MAX_MS);
    }

    PostgresUsageReads(Jdbi jdbi, long readMax, int subjectsMax, int statementTimeMaxMs) {
        this.jdbi = jdbi;
        this.readMax = readMax;
        this.subjectsMax = subjectsMax;
        this.statementTimeMaxMs = statementTimeMaxMs;
    }

    private interface Read<T> {
        T from(Connection connection) throws SQLException;
    }

    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> T inSnapshot(Read<T> read) {
        return jdbi.inTransaction(handle -> {
            handle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
            handle.execute("SET LOCAL statement_timeout = " + statementTimeMaxMs);
            try {
                return read.from(handle.getConnection());
            } catch (SQLException e) {
                throw new SqlFailure(e);
            }
        });
    }

    /// As [#inSnapshot], or `tooMuch` if PostgreSQL gave the statement up.
    private <T> T inTime(Read<T> read, T tooMuch) {
        try {
            return inSnapshot(read);
        } catch (SqlFailure e) {
            if (e.givenUp()) {
                return tooMuch;
            }
            throw e;
        }
    }

    private static <T> List<T> list(Connection connection, SqlText sql, RowReader<T> reader) throws SQLException {
        try (PreparedStatement select = sql.prepare(connection);
                ResultSet rows = select.executeQuery()) {
            List<T> read = new ArrayList<>();
            while (rows.next()) {
                read.add(reader.read(rows));
            }
            return read;
        }
    }

    private static long number(Connection connection, SqlText sql) throws SQLException {
        return list(connection, sql, row -> row.getLong(1)).getFirst();
    }

    private static SqlText subjects(Collection<String> tenants) {
        return tenants.isEmpty()
                ? new SqlText()
                : new SqlText().add(" AND subject = ANY (?)", (Object)
                        tenants.stream().map(tenant -> "tenant:" + tenant).toArray(String[]::new));
    }

    private static SqlText meters(Collection<String> meters) {
        return meters.isEmpty()
                ? new SqlText()
                : new SqlText().add(" AND meter = ANY (?)", (Object) meters.toArray(String[]::new));
    }

    @Override
    public Optional<EventPage> events(EventQuery query) {
        SqlText matching = matching("usage_events", query);
        query.status().ifPresent(status -> matching.add(" AND status = ?", status));
        query.invoiceId().ifPresent(id -> matching.add(" AND EXISTS (SELECT 1 FROM " + BILLING + " AND i.id = ?)", id));
        query.billed()
                .ifPresent(billed -> matching.add(" AND " + (billed ? "" : "NOT ") + "EXISTS (SELECT 1 FROM " + BILLING
                        + " AND i.finalized_at IS NOT NULL)"));
        SqlText page = new SqlText().add("SELECT " + EVENT_COLUMNS).add(matching);
        query.after()
                .ifPresent(after ->
                        page.add(" AND (occurred_at, event_id) < (?, ?)", after.occurredAt(), after.eventId()));
        // One more than asked for, which tells whether there is a next part.
        page.add(" ORDER BY occurred_at DESC, event_id DESC LIMIT ?", query.limit() + 1);
        return inTime(
                connection -> {
                    OptionalLong total = total(connection, query, matching);
                    return total.isEmpty()
                            ? Optional.empty()
                            : Optional.of(page(
                                    list(connection, page, PostgresUsageReads::event),
                                    total.getAsLong(),
                                    query.limit()));
                },
                Optional.empty());
    }

    /// What a query asks for of a table of events `u`, but for their status.
    private static SqlText matching(String table, EventQuery query) {
        SqlText matching = new SqlText()
                .add(
                        " FROM " + table + " u WHERE organization_id = ?",
                        query.organizationId().value())
                .add(subjects(query.tenants()))
                .add(meters(query.meters()));
        query.from().ifPresent(from -> matching.add(" AND occurred_at >= ?", from));
        query.before().ifPresent(before -> matching.add(" AND occurred_at < ?", before));
        return matching;
    }

    private static EventPage page(List<StoredEvent> events, long total, int limit) {
        if (events.size() <= limit) {
            return new EventPage(events, total, Optional.empty());
        }
        StoredEvent last = events.get(limit - 1);
        return new EventPage(
                events.subList(0, limit), total, Optional.of(new EventCursor(last.occurredAt(), last.id())));
    }

    /// Counted one by one as far as one request may, else added up from counters; empty if those are too many as well.
    private OptionalLong total(Connection connection, EventQuery query, SqlText matching) throws SQLException {
        long counted = number(
                connection,
                new SqlText()
                        .add("SELECT count(*) FROM (SELECT 1")
                        .add(matching)
                        .add(" LIMIT ?) AS matching", readMax + 1));
        if (counted <= readMax) {
            return OptionalLong.of(counted);
        }
        boolean ofOtherState =
                query.status().isPresent() && !query.status().get().equals(COUNTED);
        if (ofOtherState || query.asksForInvoices()) {
            return OptionalLong.empty();
        }
        UsageSql sql = new UsageSql(new UsageQuery(
                query.organizationId(),
                query.tenants(),
                query.meters(),
                List.of(),
                Grouping.BY_METER,
                Optional.empty(),
                new Span(query.from().orElse(ALWAYS.from()), query.before().orElse(ALWAYS.before())),
                ZoneOffset.UTC,
                1,
                Optional.empty()));
        if (number(connection, sql.readAtMost(readMax + 1)) > readMax) {
            return OptionalLong.empty();
        }
        // Counters hold what counts; what counts no longer is listed as well unless only the one is asked for.
        long corrected = query.status().isPresent()
                ? 0
                : number(connection, new SqlText().add("SELECT count(*)").add(matching("event_corrections", query)));
        return OptionalLong.of(number(connection, sql.events()) + corrected);
    }

    private static StoredEvent event(ResultSet row) throws SQLException {
        return new StoredEvent(
                row.getString("event_id"),
                Optional.ofNullable(row.getString("tenant_id")),
                row.getString("meter"),
                row.getBigDecimal("quantity"),
                metadata(row),
                instant(row, "occurred_at"),
                Optional.ofNullable(row.getString("idempotency_key")),
                instant(row, "received_at"),
                row.getString("status"),
                Optional.ofNullable(row.getString("amends")),
                Optional.ofNullable(row.getString("voided_by")),
                billed(row));
    }

    private static Optional<StoredEvent.Billed> billed(ResultSet row) throws SQLException {
        String invoiceId = row.getString("invoice_id");
        OffsetDateTime at = row.getObject("billed_at", OffsetDateTime.class);
        return Optional.ofNullable(invoiceId)
                .map(id -> new StoredEvent.Billed(id, Optional.ofNullable(at).map(OffsetDateTime::toInstant)));
    }

    @Override
    public Optional<FoundEvent> event(OrganizationId organizationId, String eventId) {
        SqlText counted = new SqlText()
                .add(
                        "SELECT " + EVENT_COLUMNS + ", log_partition, log_offset, log_index FROM usage_events u"
                                + " WHERE event_id = ? AND organization_id = ? ORDER BY occurred_at LIMIT 1",
                        eventId,
                        organizationId.value());
        SqlText rejected = new SqlText()
                .add(
                        "SELECT " + REJECTED_COLUMNS + " FROM rejected_events"
                                + " WHERE event_id = ? AND organization_id = ?"
                                + " ORDER BY rejected_at, log_offset, log_index LIMIT 1",
                        eventId,
                        organizationId.value());
        SqlText corrected = new SqlText()
                .add(
                        "SELECT reason, actor, received_at, replacement_id FROM event_corrections"
                                + " WHERE event_id = ? AND organization_id = ?",
                        eventId,
                        organizationId.value());
        return inSnapshot(connection -> {
            Optional<FoundEvent.Correction> correction =
                    list(connection, corrected, PostgresUsageReads::correction).stream()
                            .findFirst();
            List<FoundEvent> found = list(
                    connection, counted, row -> new FoundEvent(event(row), place(row), Optional.empty(), correction));
            return (found.isEmpty() ? list(connection, rejected, row -> found(rejected(row))) : found)
                    .stream().findFirst();
        });
    }

    @Override
    public Map<String, String> statuses(OrganizationId organizationId, Collection<String> eventIds) {
        String[] ids = eventIds.toArray(String[]::new);
        SqlText stored = new SqlText()
                .add(
                        "SELECT event_id, 'REJECTED' AS status FROM rejected_events"
                                + " WHERE event_id = ANY (?) AND organization_id = ?",
                        ids,
                        organizationId.value())
                .add(
                        " UNION ALL SELECT event_id, status FROM usage_events"
                                + " WHERE event_id = ANY (?) AND organization_id = ?",
                        ids,
                        organizationId.value());
        Map<String, String> statuses = new HashMap<>();
        // Of several events with an id the counted one stands for it.
        inSnapshot(connection -> list(connection, stored, row -> Map.entry(row.getString(1), row.getString(2))))
                .forEach(event -> statuses.merge(
                        event.getKey(), event.getValue(), (one, other) -> one.equals("REJECTED") ? other : one));
        return statuses;
    }

    private static FoundEvent found(RejectedEvent rejected) {
        return new FoundEvent(rejected.event(), rejected.place(), Optional.of(rejected.rejection()), Optional.empty());
    }

    private static FoundEvent.Correction correction(ResultSet row) throws SQLException {
        return new FoundEvent.Correction(
                row.getString("reason"),
                row.getString("actor"),
                instant(row, "received_at"),
                Optional.ofNullable(row.getString("replacement_id")));
    }

    @Override
    public RejectedPage rejected(RejectedQuery query) {
        SqlText page = new SqlText()
                .add(
                        "SELECT " + REJECTED_COLUMNS + " FROM rejected_events WHERE organization_id = ?",
                        query.organizationId().value())
                .add(subjects(query.tenants()));
        if (!query.reasons().isEmpty()) {
            page.add(" AND reason = ANY (?)", (Object) query.reasons().toArray(String[]::new));
        }
        query.from().ifPresent(from -> page.add(" AND rejected_at >= ?", from));
        query.before().ifPresent(before -> page.add(" AND rejected_at < ?", before));
        query.after()
                .ifPresent(after -> page.add(
                        " AND rejected_at <= ? AND (rejected_at, log_partition, log_offset, log_index) < (?, ?, ?, ?)",
                        after.rejectedAt(),
                        after.rejectedAt(),
                        after.place().partition(),
                        after.place().offset(),
                        after.place().index()));
        page.add(
                " ORDER BY rejected_at DESC, log_partition DESC, log_offset DESC, log_index DESC LIMIT ?",
                query.limit() + 1);
        List<RejectedEvent> events = inSnapshot(connection -> list(connection, page, PostgresUsageReads::rejected));
        if (events.size() <= query.limit()) {
            return new RejectedPage(events, Optional.empty());
        }
        RejectedEvent last = events.get(query.limit() - 1);
        return new RejectedPage(
                events.subList(0, query.limit()), Optional.of(new RejectedCursor(last.rejectedAt(), last.place())));
    }

    private static RejectedEvent rejected(ResultSet row) throws SQLException {
        return new RejectedEvent(
                event(row),
                instant(row, "rejected_at"),
                new FoundEvent.Rejection(row.getString("reason"), row.getString("detail")),
                place(row));
    }

    private static String metadata(ResultSet row) throws SQLException {
        return Optional.ofNullable(row.getString("metadata"))
                .map(Metadata::fromColumn)
                .orElse("{}");
    }

    private static LogPlace place(ResultSet row) throws SQLException {
        return new LogPlace(row.getInt("log_partition"), row.getLong("log_offset"), row.getInt("log_index"));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    @Override
    public UsageOutcome usage(UsageQuery query) {
        UsageSql sql = new UsageSql(query);
        UsageOutcome tooMuch = new UsageOutcome.TooMuch(readMax);
        return inTime(
                connection -> number(connection, sql.readAtMost(readMax + 1)) > readMax
                        ? tooMuch
                        : new UsageOutcome.Rows(list(connection, sql.rows(), sql::row)),
                tooMuch);
    }

    @Override
    public Optional<Map<String, Set<SubjectId>>> subjects(UsageQuery query, Set<String> meters) {
        SqlText sql = new UsageSql(query).subjects(meters, subjectsMax + 1);
        return inTime(
                connection -> {
                    List<Map.Entry<String, SubjectId>> pairs = list(
                            connection,
                            sql,
                            row -> Map.entry(row.getString("meter"), new SubjectId(row.getString("subject"))));
                    return pairs.size() > subjectsMax
                            ? Optional.empty()
                            : Optional.of(pairs.stream()
                                    .collect(Collectors.groupingBy(
                                            Map.Entry::getKey,
                                            Collectors.mapping(Map.Entry::getValue, Collectors.toSet()))));
                },
                Optional.empty());
    }

    @Override
    public Optional<List<Optional<BigDecimal>>> last(UsageQuery query, List<RowKey> rows, List<Span> spans) {
        SqlText sql = new UsageSql(query).last(rows, spans);
        return inTime(
                connection ->
                        Optional.of(list(connection, sql, row -> Optional.ofNullable(row.getBigDecimal("quantity")))),
                Optional.empty());
    }

    static <T> String[] texts(List<T> list, Function<T, String> text) {
        return list.stream().map(text).toArray(String[]::new);
    }
}
