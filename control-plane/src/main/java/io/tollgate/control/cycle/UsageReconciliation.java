package io.tollgate.control.cycle;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Compares what the log holds of closed cycles, what of it was reported, and what the provider has added up.
public final class UsageReconciliation {
    /// Questions to the provider at a time, so that one page of rows is no storm of requests.
    private static final int AT_ONCE = 4;

    /// Cycles that one daily look compares: those that ended last.
    private static final int DAILY_MAX = 1_000;

    private static final int DAILY_PAGE = 100;
    private static final long MINUTE = 60;

    /// How a cycle stands.
    public enum Status {
        MATCH,
        PENDING,
        DRIFT,
        /// The provider cannot be asked, or it is not known whether a report has arrived.
        UNREACHABLE;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param log what the log holds of the cycle
    /// @param provider what the provider has added up; absent if it was not asked, or did not say
    public record Row(ReportedCycle cycle, BigDecimal log, Optional<BigDecimal> provider, Status status) {
        public Optional<BigDecimal> difference() {
            return provider.map(added -> added.subtract(cycle.reported()));
        }
    }

    private final ReportedCycles cycles;
    private final CycleUsage usage;
    private final UsageReporter reporter;
    private final DriftNotices notices;
    private final InstantSource clock;

    public UsageReconciliation(
            ReportedCycles cycles,
            CycleUsage usage,
            UsageReporter reporter,
            DriftNotices notices,
            InstantSource clock) {
        this.cycles = cycles;
        this.usage = usage;
        this.reporter = reporter;
        this.notices = notices;
        this.clock = clock;
    }

    /// As [ReportedCycles#list], compared. What waits to be sent is tried again soon.
    public List<Row> compare(
            Optional<OrganizationId> organizationId,
            Optional<TenantId> tenantId,
            Instant from,
            Instant to,
            int limit,
            Optional<TimeCursor> after) {
        List<Row> rows = compare(cycles.list(organizationId, tenantId, from, to, limit, after));
        cycles.hasten(
                rows.stream()
                        .filter(row -> row.status() == Status.PENDING)
                        .map(row -> row.cycle().key())
                        .distinct()
                        .toList(),
                clock.instant());
        return rows;
    }

    /// Compares the cycles that the provider still takes reports for, and tells organizations of what has drifted.
    public void daily() {
        Instant now = clock.instant();
        Optional<TimeCursor> after = Optional.empty();
        for (int seen = 0; seen < DAILY_MAX; seen += DAILY_PAGE) {
            List<Row> rows =
                    compare(Optional.empty(), Optional.empty(), now.minus(NextStep.AGE_MAX), now, DAILY_PAGE, after);
            rows.stream().filter(row -> row.status() == Status.DRIFT).forEach(row -> notices.raise(row, now));
            if (rows.size() < DAILY_PAGE) {
                return;
            }
            ReportedCycle last = rows.getLast().cycle();
            after = Optional.of(new TimeCursor(last.end(), last.id()));
        }
    }

    private List<Row> compare(List<ReportedCycle> found) {
        Duration late = Duration.ofHours(1);
        Instant now = clock.instant();
        List<Callable<Row>> questions = found.stream()
                .<Callable<Row>>map(cycle -> () -> row(cycle, now, late))
                .toList();
        try (ExecutorService threads =
                Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory())) {
            List<Row> rows = new ArrayList<>();
            for (Future<Row> row : threads.invokeAll(questions)) {
                rows.add(row.get());
            }
            return rows;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while comparing with the provider", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a cycle cannot be compared", e.getCause());
        }
    }

    private Row row(ReportedCycle cycle, Instant now, Duration late) {
        BigDecimal log = usage.value(cycle.key(), cycle.operation(), cycle.start(), cycle.end(), Long.MAX_VALUE);
        if (cycle.way().isEmpty() || cycle.customer().isEmpty()) {
            boolean nothing = !cycle.waiting() && !cycle.unsure() && !cycle.refused();
            return new Row(cycle, log, Optional.empty(), nothing ? Status.MATCH : open(cycle));
        }
        BigDecimal added;
        try {
            added = reporter.summary(
                            cycle.key().organizationId(),
                            cycle.keyName(),
                            cycle.way().get(),
                            cycle.customer().get(),
                            minuteFrom(cycle.start()),
                            minuteFrom(cycle.end()))
                    .quantity();
        } catch (UsageReporter.UnavailableException e) {
            return new Row(cycle, log, Optional.empty(), Status.UNREACHABLE);
        }
        boolean equal = added.compareTo(cycle.reported()) == 0;
        Status status = cycle.waiting() || cycle.unsure() || cycle.refused()
                ? open(cycle)
                : equal ? Status.MATCH : Status.DRIFT;
        // An event that came just now has no report yet.
        boolean unaccounted =
                cycle.accounted().filter(sum -> sum.compareTo(log) != 0).isPresent();
        boolean soon = cycle.end().plus(NextStep.AGE_MAX).isAfter(now.plus(late));
        return new Row(
                cycle,
                log,
                Optional.of(added),
                status == Status.MATCH && unaccounted && soon ? Status.PENDING : status);
    }

    private static Status open(ReportedCycle cycle) {
        return cycle.unsure() ? Status.UNREACHABLE : cycle.refused() ? Status.DRIFT : Status.PENDING;
    }

    /// The first full minute: what a report tells lies a second before the end of its cycle, and so in the same cycle
    /// by minutes too.
    public static Instant minuteFrom(Instant time) {
        long seconds = time.getEpochSecond() + (time.getNano() > 0 ? 1 : 0);
        return Instant.ofEpochSecond(Math.ceilDiv(seconds, MINUTE) * MINUTE);
    }
}
