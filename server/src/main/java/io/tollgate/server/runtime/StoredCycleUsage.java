package io.tollgate.server.runtime;

import io.tollgate.billing.divergence.StoreProgress;
import io.tollgate.contract.EventId;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.control.cycle.CycleKey;
import io.tollgate.control.cycle.CycleUsage;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;

/// What was used in billing cycles, from the events that the sink has stored.
///
/// @param partitions of `usage-events`
record StoredCycleUsage(Jdbi jdbi, PipelineLag pipeline, StoreProgress progress, int partitions) implements CycleUsage {
    /// What is on its way takes tens of milliseconds; a store that is further behind is asked again later.
    private static final Duration STORED_WAIT_MAX = Duration.ofSeconds(2);

    private static final String CYCLE = """
             FROM usage_events
            WHERE organization_id = :organizationId AND subject = :subject AND meter = :meter
              AND occurred_at >= :from AND occurred_at < :to AND log_offset < :before
              AND (status = 'ACCEPTED' OR EXISTS (
                  SELECT 1 FROM event_corrections AS correction
                  WHERE correction.event_id = usage_events.event_id AND correction.log_offset >= :before))
            """;

    // Hours that nothing has changed since hold nothing that came since: their events need not be looked at.
    private static final String SINCE = """
            SELECT event.event_id, event.occurred_at, event.quantity, event.log_offset, event.log_index, false AS taken_out
            FROM counters AS hour JOIN usage_events AS event
                ON event.organization_id = hour.organization_id AND event.subject = hour.subject AND event.meter = hour.meter
                AND event.occurred_at >= greatest(hour.window_start, :from) AND event.occurred_at < least(hour.window_end, :to)
            WHERE hour.organization_id = :organizationId AND hour.subject = :subject AND hour.meter = :meter
              AND hour.window_kind = 'HOUR' AND hour.window_start > CAST(:from AS timestamptz) - interval '1 hour'
              AND hour.window_start < :to AND hour.source_offset >= :first
              AND event.log_offset >= :first AND event.log_offset < :before
            UNION ALL
            SELECT event_id, occurred_at, quantity, log_offset, 0, true FROM event_corrections
            WHERE organization_id = :organizationId AND subject = :subject AND meter = :meter
              AND occurred_at >= :from AND occurred_at < :to AND log_offset >= :first AND log_offset < :before
            ORDER BY log_offset, taken_out DESC, log_index LIMIT :limit
            """;

    @Override
    public OptionalLong stored(CycleKey key) {
        int partition = Partitioning.partitionOf(subject(key).recordKeyBytes(), partitions);
        try {
            long end = pipeline.ends(Topics.USAGE_EVENTS.name()).getOrDefault(partition, 0L);
            return end == 0 || progress.awaitStored(LogPosition.of(partition, end - 1), STORED_WAIT_MAX)
                    ? OptionalLong.of(end)
                    : OptionalLong.empty();
        } catch (ExecutionException | TimeoutException e) {
            return OptionalLong.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalLong.empty();
        }
    }

    @Override
    public BigDecimal value(CycleKey key, Operation operation, Instant from, Instant to, long before) {
        String select = switch (operation) {
            case SUM -> "SELECT coalesce(sum(quantity), 0)" + CYCLE;
            case COUNT -> "SELECT count(*)::numeric" + CYCLE;
            case AVG -> "SELECT coalesce(round(avg(quantity), 6), 0)" + CYCLE;
            case MIN -> "SELECT coalesce(min(quantity), 0)" + CYCLE;
            case MAX -> "SELECT coalesce(max(quantity), 0)" + CYCLE;
            case LAST ->
                "SELECT quantity" + CYCLE + " ORDER BY occurred_at DESC, log_offset DESC, log_index DESC LIMIT 1";
        };
        return jdbi.withHandle(handle -> bound(handle.createQuery(select), key, from, to, before)
                .mapTo(BigDecimal.class)
                .findOne()
                .orElse(BigDecimal.ZERO));
    }

    @Override
    public List<Counted> events(CycleKey key, Instant from, Instant to, long first, long before, int limit) {
        return jdbi.withHandle(handle -> bound(handle.createQuery(SINCE), key, from, to, before)
                .bind("first", first)
                .bind("limit", limit)
                .map((row, context) -> new Counted(
                        new EventId(row.getString("event_id")),
                        row.getObject("occurred_at", OffsetDateTime.class).toInstant(),
                        row.getBigDecimal("quantity"),
                        row.getLong("log_offset"),
                        row.getBoolean("taken_out")))
                .list());
    }

    private static Query bound(Query query, CycleKey key, Instant from, Instant to, long before) {
        return query.bind("organizationId", key.organizationId().value())
                .bind("subject", subject(key).subject().value())
                .bind("meter", key.meter().value())
                .bind("from", from.atOffset(ZoneOffset.UTC))
                .bind("to", to.atOffset(ZoneOffset.UTC))
                .bind("before", before);
    }

    private static SubjectKey subject(CycleKey key) {
        return new SubjectKey(key.organizationId(), SubjectId.tenant(key.tenantId()));
    }
}
