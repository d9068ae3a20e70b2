package io.tollgate.billing.daily;

import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.meter.CounterState;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The snapshots of all organizations. Thread-safe.
public interface DailySnapshots {
    /// Most snapshots that one request adds up.
    long READ_MAX = 2_000_000;

    /// An organization that a run is about.
    ///
    /// @param tenants how many it has, of every status
    /// @param used whether anything is counted or stored for the day: else there is nothing to make
    record Due(OrganizationId organizationId, long tenants, boolean used) {}

    /// What became of a day of an organization.
    ///
    /// @param snapshots how many there are now
    /// @param tenants of how many tenants
    /// @param corrected how many had to be written, because they were not what the counters say
    record Made(long snapshots, long tenants, long corrected) {}

    /// A tenant with snapshots of a day.
    ///
    /// @param snapshots how many
    /// @param meters of the first [DailyRun#METERS_MAX] of them
    record OfTenant(OrganizationId organizationId, String tenantId, long snapshots, List<String> meters) {
        public OfTenant {
            meters = List.copyOf(meters);
        }
    }

    /// A period of a meter.
    ///
    /// @param start first day of the period
    /// @param latest the last day of it with an event
    record PeriodTotal(LocalDate start, String meter, CounterState counted, LocalDate latest) {}

    /// Whose last quantity is asked for.
    ///
    /// @param tenantId empty: of whoever has the latest event
    record LastOf(String meter, LocalDate day, Optional<String> tenantId) {}

    /// The organizations of a run, in a stable order.
    ///
    /// @param only this one
    List<Due> due(LocalDate day, Optional<OrganizationId> only);

    /// Makes the snapshots of one day of an organization from its hour counters, in one transaction: those that say
    /// something else are corrected, those without events go, and those that are right are not touched. Every change
    /// is in the audit trail; what a [Cause.Request] asked for also if nothing changed.
    ///
    /// @param day which `of` names as its only one
    Made make(SnapshotQuery of, LocalDate day, Cause cause);

    /// Notes a run over organizations in the audit trail.
    void ran(DailyRun.Summary summary, Optional<OrganizationId> only, Cause cause);

    /// Tenants with snapshots of the day, in their order, `most` at most.
    List<OfTenant> tenants(OrganizationId organizationId, LocalDate day, int most);

    /// Snapshots, newest first.
    List<DailySnapshot> list(SnapshotQuery query, Optional<SnapshotCursor> after, int most);

    /// Sums by period and meter in their order, `most` at most; empty if they would be the sums of more than
    /// [#READ_MAX] snapshots.
    Optional<List<PeriodTotal>> totals(SnapshotQuery query, Granularity granularity, int most);

    /// The tenants with snapshots of `meters`, `most` at most.
    Set<String> tenantsOf(SnapshotQuery query, Set<String> meters, int most);

    /// The quantity of the latest event of each, one answer per question; empty where there is no event.
    ///
    /// @param tenants nobody else has events here; empty: everybody
    List<Optional<BigDecimal>> last(OrganizationId organizationId, List<LastOf> asked, List<String> tenants);
}
