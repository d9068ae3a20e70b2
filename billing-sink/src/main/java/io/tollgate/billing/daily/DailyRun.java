package io.tollgate.billing.daily;

import io.tollgate.billing.daily.DailySnapshots.Due;
import io.tollgate.billing.daily.DailySnapshots.Made;
import io.tollgate.billing.daily.DailySnapshots.OfTenant;
import io.tollgate.contract.OrganizationId;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the snapshots of a day for all organizations, each in a transaction of its own: one that fails stops nobody
/// else. Running it again overwrites with the same figures, or with those that late events have corrected. Thread-safe;
/// two runs at once do no harm.
public final class DailyRun {
    /// A run that told of more tenants than these would tell of none.
    public static final int RESULTS_MAX = 100;

    /// Most meters that are told of a tenant.
    public static final int METERS_MAX = 100;

    /// Failures that are told one by one; the rest is counted.
    static final int FAILURES_MAX = 100;

    private static final Logger LOG = LoggerFactory.getLogger(DailyRun.class);

    /// The store is seconds behind at most when all is well; whoever calls by HTTP does not wait longer.
    private static final Duration STORED_WITHIN = Duration.ofSeconds(10);

    private static final int PROGRESS_EVERY = 1_000;

    private final DailySnapshots snapshots;
    private final StoredLog log;
    private final InstantSource clock;

    public DailyRun(DailySnapshots snapshots, StoredLog log, InstantSource clock) {
        this.snapshots = snapshots;
        this.log = log;
        this.clock = clock;
    }

    /// What a run came to.
    ///
    /// @param tenantsProcessed tenants of the organizations that did not fail, with usage and without
    /// @param failures organizations that failed
    /// @param failed the first [#FAILURES_MAX] of them
    /// @param results tenants with usage; empty if they are more than [#RESULTS_MAX]
    public record Summary(
            LocalDate day,
            long tenantsProcessed,
            long totalSnapshots,
            long tenantsWithUsage,
            long corrected,
            long failures,
            List<OrganizationId> failed,
            Optional<List<OfTenant>> results) {
        public Summary {
            failed = List.copyOf(failed);
            results = results.map(List::copyOf);
        }
    }

    /// The last day that is over.
    public LocalDate yesterday() {
        return today().minusDays(1);
    }

    /// The day that is going on, the last of which there can be snapshots.
    public LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    /// All organizations, or one of them. Absent if the store is too far behind the log to know the day.
    public Optional<Summary> run(LocalDate day, Optional<OrganizationId> only, Cause cause) {
        if (!log.awaitAll(STORED_WITHIN)) {
            return Optional.empty();
        }
        List<Due> due = snapshots.due(day, only);
        LOG.info("Daily snapshots of {}: {} organizations", day, due.size());
        Tally tally = new Tally(day);
        for (Due organization : due) {
            attempt(tally, organization, cause);
            if (++tally.done % PROGRESS_EVERY == 0) {
                LOG.info("Daily snapshots of {}: {} of {} organizations done", day, tally.done, due.size());
            }
        }
        Summary summary = tally.summary();
        snapshots.ran(summary, only, cause);
        LOG.info(
                "Daily snapshots of {}: {} of {} tenants, {} of them corrected, {} organizations failed",
                day,
                summary.totalSnapshots(),
                summary.tenantsWithUsage(),
                summary.corrected(),
                summary.failures());
        return Optional.of(summary);
    }

    /// As a scheduler runs it: yesterday, and an exception where something is to be done again.
    public void runYesterday() {
        Summary summary = run(yesterday(), Optional.empty(), new Cause.Schedule())
                .orElseThrow(() -> new IllegalStateException("the store has not reached the end of the log yet"));
        if (summary.failures() > 0) {
            throw new IllegalStateException("snapshots of " + summary.failures() + " organizations failed");
        }
    }

    /// What somebody of an organization asks for; absent as above.
    public Optional<Made> make(SnapshotQuery of, LocalDate day, Cause cause) {
        return log.awaitAll(STORED_WITHIN) ? Optional.of(snapshots.make(of, day, cause)) : Optional.empty();
    }

    private void attempt(Tally tally, Due due, Cause cause) {
        if (!due.used()) {
            tally.tenants += due.tenants();
            return;
        }
        OrganizationId organizationId = due.organizationId();
        try {
            SnapshotQuery whole = SnapshotQuery.ofDay(organizationId, tally.day, Optional.empty(), Optional.empty());
            Made made = snapshots.make(whole, tally.day, cause);
            // Of an organization that has too many, none are read: the run will tell of nobody.
            List<OfTenant> found = tally.withUsage + made.tenants() <= RESULTS_MAX
                    ? snapshots.tenants(organizationId, tally.day, RESULTS_MAX)
                    : List.of();
            tally.add(due, made, found);
        } catch (RuntimeException e) {
            LOG.warn("Daily snapshots of {}: {} failed: {}", tally.day, organizationId.value(), e.toString());
            LOG.debug("The failure in full", e);
            tally.fail(organizationId);
        }
    }

    /// What is gathered on the way.
    private static final class Tally {
        private final LocalDate day;
        private final List<OrganizationId> failed = new ArrayList<>();
        private final List<OfTenant> results = new ArrayList<>();
        private int done;
        private long tenants;
        private long snapshots;
        private long withUsage;
        private long corrected;
        private long failures;

        private Tally(LocalDate day) {
            this.day = day;
        }

        private void add(Due due, Made made, List<OfTenant> found) {
            tenants += due.tenants();
            snapshots += made.snapshots();
            withUsage += made.tenants();
            corrected += made.corrected();
            results.addAll(found);
        }

        private void fail(OrganizationId organizationId) {
            failures++;
            if (failed.size() < FAILURES_MAX) {
                failed.add(organizationId);
            }
        }

        private Summary summary() {
            return new Summary(
                    day,
                    tenants,
                    snapshots,
                    withUsage,
                    corrected,
                    failures,
                    failed,
                    withUsage <= RESULTS_MAX ? Optional.of(results) : Optional.empty());
        }
    }
}
