package io.tollgate.billing.daily;

import io.tollgate.billing.daily.DailySnapshots.LastOf;
import io.tollgate.billing.daily.DailySnapshots.PeriodTotal;
import io.tollgate.billing.usage.MeterOperations;
import io.tollgate.billing.usage.UsageReads;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Snapshots as they are told: by the operation of the meter, as usage is. Thread-safe.
public final class SnapshotFigures {
    private final DailySnapshots snapshots;
    private final MeterOperations operations;

    public SnapshotFigures(DailySnapshots snapshots, MeterOperations operations) {
        this.snapshots = snapshots;
        this.operations = operations;
    }

    /// A snapshot with its value.
    public record Told(DailySnapshot snapshot, BigDecimal quantity) {}

    /// A part of a list.
    ///
    /// @param next absent if nothing follows
    public record Page(List<Told> snapshots, Optional<SnapshotCursor> next) {
        public Page {
            snapshots = List.copyOf(snapshots);
        }
    }

    /// What was used of one meter in a period.
    public record ToldTotal(LocalDate start, String meter, BigDecimal quantity) {}

    public Page page(SnapshotQuery query, Optional<SnapshotCursor> after, int limit) {
        List<DailySnapshot> found = snapshots.list(query, after, limit + 1);
        List<DailySnapshot> shown = found.size() > limit ? found.subList(0, limit) : found;
        return new Page(
                told(query.organizationId(), shown),
                found.size() > limit ? Optional.of(shown.getLast().cursor()) : Optional.empty());
    }

    private List<Told> told(OrganizationId organizationId, List<DailySnapshot> shown) {
        Map<List<String>, Operation> known = new HashMap<>();
        List<Operation> counting = shown.stream()
                .map(one -> known.computeIfAbsent(
                        List.of(one.tenantId(), one.meter()),
                        key -> operation(organizationId, one.tenantId(), one.meter())))
                .toList();
        List<LastOf> asked = new ArrayList<>();
        for (int i = 0; i < shown.size(); i++) {
            if (counting.get(i) == Operation.LAST) {
                DailySnapshot one = shown.get(i);
                asked.add(new LastOf(one.meter(), one.day(), Optional.of(one.tenantId())));
            }
        }
        Map<LastOf, BigDecimal> last = last(organizationId, asked, List.of());
        List<Told> told = new ArrayList<>(shown.size());
        for (int i = 0; i < shown.size(); i++) {
            DailySnapshot one = shown.get(i);
            LastOf ofDay = new LastOf(one.meter(), one.day(), Optional.of(one.tenantId()));
            told.add(new Told(one, value(one.counted(), counting.get(i), Optional.ofNullable(last.get(ofDay)))));
        }
        return told;
    }

    /// Absent if that would take reading more than [DailySnapshots#READ_MAX] snapshots.
    ///
    /// @param most totals, of all periods together
    public Optional<List<ToldTotal>> totals(SnapshotQuery query, Granularity granularity, int most) {
        return snapshots.totals(query, granularity, most).map(totals -> toldTotals(query, totals));
    }

    private List<ToldTotal> toldTotals(SnapshotQuery query, List<PeriodTotal> totals) {
        Map<String, Operation> counting =
                ofMeters(query, totals.stream().map(PeriodTotal::meter).collect(Collectors.toCollection(TreeSet::new)));
        List<LastOf> asked = totals.stream()
                .filter(total -> counting.get(total.meter()) == Operation.LAST)
                .map(total -> new LastOf(total.meter(), total.latest(), Optional.empty()))
                .toList();
        Map<LastOf, BigDecimal> last = last(query.organizationId(), asked, query.tenants());
        return totals.stream()
                .map(total -> new ToldTotal(
                        total.start(),
                        total.meter(),
                        value(
                                total.counted(),
                                counting.getOrDefault(total.meter(), Operation.SUM),
                                Optional.ofNullable(
                                        last.get(new LastOf(total.meter(), total.latest(), Optional.empty()))))))
                .toList();
    }

    /// How those count it who used it: as all of them do, else by SUM. Nobody is asked about meters that everybody
    /// sums.
    private Map<String, Operation> ofMeters(SnapshotQuery query, Collection<String> meters) {
        Map<String, Operation> found = new HashMap<>();
        for (String meter : operations.notSummed(query.organizationId(), meters)) {
            Set<String> tenants = snapshots.tenantsOf(query, Set.of(meter), UsageReads.SUBJECTS_MAX);
            List<Operation> distinct = tenants.stream()
                    .map(tenant -> operation(query.organizationId(), tenant, meter))
                    .distinct()
                    .limit(2)
                    .toList();
            found.put(meter, distinct.size() == 1 ? distinct.getFirst() : Operation.SUM);
        }
        return found;
    }

    private Operation operation(OrganizationId organizationId, String tenantId, String meter) {
        return operations.of(new SubjectKey(organizationId, SubjectId.tenant(new TenantId(tenantId))), meter);
    }

    private Map<LastOf, BigDecimal> last(OrganizationId organizationId, List<LastOf> asked, List<String> tenants) {
        if (asked.isEmpty()) {
            return Map.of();
        }
        List<Optional<BigDecimal>> answers = snapshots.last(organizationId, asked, tenants);
        Map<LastOf, BigDecimal> last = new HashMap<>();
        for (int i = 0; i < asked.size(); i++) {
            LastOf question = asked.get(i);
            answers.get(i).ifPresent(quantity -> last.put(question, quantity));
        }
        return last;
    }

    private static BigDecimal value(CounterState counted, Operation operation, Optional<BigDecimal> last) {
        Optional<BigDecimal> value = operation == Operation.LAST ? last : counted.value(operation);
        return value.orElse(BigDecimal.ZERO);
    }
}
