package io.tollgate.control.cycle.postgres;

import io.tollgate.contract.EventId;
import io.tollgate.contract.UsageReportId;
import io.tollgate.control.cycle.BillingCycles;
import io.tollgate.control.cycle.CycleKey;
import io.tollgate.control.cycle.CycleUsage;
import io.tollgate.control.cycle.NextStep;
import io.tollgate.control.cycle.WholeUnits;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/// Billing cycles in PostgreSQL. What was used is read from the store of events, and counted by its place in the log:
/// of
/// closed cycles everything before `accounted_offset` is in a report, and nothing behind it is. So each event is
/// reported
/// once, whatever dies in between. What is taken out of a cycle after its report cannot be taken back: the carry falls
/// by it, so that later usage makes up for it first.
public final class PostgresCycles implements BillingCycles {
    /// How long events may be on their way before the value of a cycle is taken.
    private static final Duration GRACE = Duration.ofSeconds(60);

    private static final int CLOSES_MAX = 100;

    /// Late events and commands that are accounted for in one transaction. A record of the log has at most 1,000
    /// events,
    /// so there are whole records among them.
    private static final int LATE_MAX = 2_000;

    /// How soon a late event is noticed.
    private static final Duration LATE_EVERY = Duration.ofHours(1);

    /// Before it is looked again whether everything is stored.
    private static final Duration BEHIND_PAUSE = Duration.ofSeconds(2);

    private final Jdbi jdbi;
    private final CycleUsage usage;
    private final PutOff putOff;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresCycles(Jdbi jdbi, CycleUsage usage) {
        this.jdbi = jdbi;
        this.usage = usage;
        this.putOff = new PutOff(jdbi, "stripe_cycles", "account_at");
    }

    @Override
    public int closeDue(Instant now) {
        return jdbi.inTransaction(handle -> {
            List<CycleRows.Cycle> due = handle.createQuery("SELECT " + CycleRows.COLUMNS + " FROM stripe_cycles"
                            + " WHERE known_end <= :end ORDER BY known_end LIMIT :max FOR UPDATE SKIP LOCKED")
                    .bind("end", DefinitionChanges.utc(now.minus(GRACE)))
                    .bind("max", CLOSES_MAX)
                    .map((row, context) -> CycleRows.cycle(row))
                    .list();
            CycleRows rows = new CycleRows(handle, now);
            due.forEach(cycle -> rows.close(cycle, cycle.knownEnd().orElseThrow(), true));
            return due.size();
        });
    }

    private record Due(CycleKey key, int failures) {}

    @Override
    public boolean account(Instant now) {
        Optional<Due> found = jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT organization_id, tenant_id, meter, failures FROM stripe_cycles WHERE account_at <= :now"
                                + " ORDER BY account_at LIMIT 1")
                .bind("now", DefinitionChanges.utc(now))
                .map((row, context) -> new Due(CycleRows.cycleKey(row), row.getInt("failures")))
                .findOne());
        found.ifPresent(due -> {
            try {
                account(due.key(), now);
            } catch (RuntimeException | AssertionError e) {
                putOff.row(due.key(), due.failures(), now, e);
            }
        });
        return found.isPresent();
    }

    private void account(CycleKey key, Instant now) {
        // Asked before the rows are locked: it can take a while.
        OptionalLong stored = usage.stored(key);
        jdbi.useTransaction(handle -> handle.createQuery("SELECT " + CycleRows.COLUMNS + " FROM stripe_cycles WHERE "
                        + CycleRows.KEY + " AND account_at <= :now FOR UPDATE SKIP LOCKED")
                .bindMap(CycleRows.key(key))
                .bind("now", DefinitionChanges.utc(now))
                .map((row, context) -> CycleRows.cycle(row))
                .findOne()
                .ifPresent(cycle -> {
                    if (stored.isEmpty()) {
                        accounted(handle, cycle, cycle.carry(), cycle.accounted(), now.plus(BEHIND_PAUSE));
                    } else {
                        account(handle, cycle, Math.max(stored.getAsLong(), cycle.accounted()), now);
                    }
                }));
    }

    /// A cycle that is closed, and whose value nobody has taken yet.
    private record Closed(String id, Instant start, Instant end) {}

    private void account(Handle handle, CycleRows.Cycle cycle, long before, Instant now) {
        List<Closed> closed = handle.createQuery("SELECT id, cycle_start, cycle_end FROM stripe_reports WHERE "
                        + CycleRows.KEY + " AND units IS NULL ORDER BY cycle_start FOR UPDATE")
                .bindMap(CycleRows.key(cycle.key()))
                .map((row, context) -> new Closed(
                        row.getString("id"),
                        CycleRows.instant(row, "cycle_start").orElseThrow(),
                        CycleRows.instant(row, "cycle_end").orElseThrow()))
                .list();
        Instant reported = closed.isEmpty() ? cycle.start() : closed.getFirst().start();
        List<CycleUsage.Counted> page = additive(cycle) && reported.isAfter(cycle.firstStart())
                ? usage.events(cycle.key(), cycle.firstStart(), reported, cycle.accounted(), before, LATE_MAX)
                : List.of();
        boolean more = page.size() == LATE_MAX;
        long end = more ? page.getLast().offset() : before;
        BigDecimal carry = cycle.carry();
        for (CycleUsage.Counted late : unreported(page, end)) {
            carry = late(handle, cycle, late, carry, now);
        }
        if (!more) {
            for (Closed one : closed) {
                carry = measure(handle, cycle, one, before, carry, now);
            }
        }
        if (cycle.ended() && !more && !closed.isEmpty()) {
            handle.createUpdate("DELETE FROM stripe_cycles WHERE " + CycleRows.KEY)
                    .bindMap(CycleRows.key(cycle.key()))
                    .execute();
        } else {
            accounted(handle, cycle, carry, end, more ? now : now.plus(LATE_EVERY));
        }
    }

    /// An event by what no other has.
    private record Event(EventId id, Instant at) {
        static Event of(CycleUsage.Counted counted) {
            return new Event(counted.id(), counted.at());
        }
    }

    /// What of a page changes what was told: an event that came and was taken out before `end` never counted.
    private static List<CycleUsage.Counted> unreported(List<CycleUsage.Counted> page, long end) {
        List<CycleUsage.Counted> whole =
                page.stream().filter(late -> late.offset() < end).toList();
        Set<Event> came = events(whole, false);
        Set<Event> went = events(whole, true);
        return whole.stream()
                .filter(late -> !came.contains(Event.of(late)) || !went.contains(Event.of(late)))
                .toList();
    }

    private static Set<Event> events(List<CycleUsage.Counted> page, boolean takenOut) {
        return page.stream()
                .filter(late -> late.takenOut() == takenOut)
                .map(Event::of)
                .collect(Collectors.toSet());
    }

    // What comes late for a maximum, a mean or a last value cannot be added to what was told.
    private static boolean additive(CycleRows.Cycle cycle) {
        return cycle.operation() == Operation.SUM || cycle.operation() == Operation.COUNT;
    }

    private BigDecimal late(
            Handle handle, CycleRows.Cycle cycle, CycleUsage.Counted event, BigDecimal carry, Instant now) {
        BigDecimal counted = cycle.operation() == Operation.COUNT ? BigDecimal.ONE : event.quantity();
        BigDecimal value = event.takenOut() ? counted.negate() : counted;
        if (NextStep.tooOld(event.at(), now)) {
            // It counts in the running cycle instead.
            return carry.add(value);
        }
        // What was told is not taken back, and nothing else is told of it: the row keeps the books of the cycle.
        WholeUnits units =
                event.takenOut() ? new WholeUnits(BigDecimal.ZERO, carry.add(value)) : WholeUnits.of(value, carry);
        CycleKey key = cycle.key();
        boolean isNew = handle.createUpdate("""
                        INSERT INTO stripe_reports
                            (id, organization_id, tenant_id, meter, kind, cycle_start, cycle_end, event_id, operation, target, value,
                             carry, units, stamped_at, state, due_at, created_at, finished_at)
                        SELECT :id, organization_id, tenant_id, meter, 'late', :at, :at, :eventId, operation, target, :value,
                               :carry, :units, date_trunc('second', CAST(:at AS timestamptz)), :state, :dueAt, :now, :finishedAt
                        FROM stripe_cycles WHERE organization_id = :organizationId AND tenant_id = :tenantId AND meter = :meter
                        ON CONFLICT (id) DO NOTHING
                        """)
                        .bindMap(CycleRows.key(key))
                        .bind(
                                "id",
                                UsageReportId.of(List.of(
                                                key.organizationId().value(),
                                                key.tenantId().value(),
                                                key.meter().value(),
                                                event.takenOut() ? "taken-out" : "late",
                                                event.id().value()))
                                        .value())
                        .bind("at", DefinitionChanges.utc(event.at()))
                        .bind("eventId", event.id().value())
                        .bind("value", value)
                        .bindMap(measured(units, now))
                        .bind("now", DefinitionChanges.utc(now))
                        .execute()
                == 1;
        return isNew ? units.carry() : carry;
    }

    private BigDecimal measure(
            Handle handle, CycleRows.Cycle cycle, Closed closed, long before, BigDecimal carry, Instant now) {
        BigDecimal value = usage.value(cycle.key(), cycle.operation(), closed.start(), closed.end(), before);
        // The rest of a maximum is nothing that could be added to the next one.
        WholeUnits units = WholeUnits.of(value, additive(cycle) ? carry : BigDecimal.ZERO);
        handle.createUpdate("""
                        UPDATE stripe_reports SET value = :value, carry = :carry, units = :units, state = :state,
                            due_at = :dueAt, finished_at = :finishedAt
                        WHERE id = :id
                        """)
                .bind("value", value)
                .bindMap(measured(units, now))
                .bind("id", closed.id())
                .execute();
        return additive(cycle) ? units.carry() : BigDecimal.ZERO;
    }

    // Nothing is told of nothing.
    private static Map<String, @Nullable Object> measured(WholeUnits units, Instant now) {
        boolean nothing = units.units().signum() == 0;
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("carry", units.carry());
        values.put("units", units.units());
        values.put("state", nothing ? "sent" : "pending");
        values.put("dueAt", nothing ? null : DefinitionChanges.utc(now));
        values.put("finishedAt", nothing ? DefinitionChanges.utc(now) : null);
        return values;
    }

    private static void accounted(Handle handle, CycleRows.Cycle cycle, BigDecimal carry, long end, Instant next) {
        handle.createUpdate(
                        "UPDATE stripe_cycles SET carry = :carry, accounted_offset = :end, account_at = :next, failures = 0 WHERE "
                                + CycleRows.KEY)
                .bind("carry", carry)
                .bind("end", end)
                .bind("next", DefinitionChanges.utc(next))
                .bindMap(CycleRows.key(cycle.key()))
                .execute();
    }
}
