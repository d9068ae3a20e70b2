package io.tollgate.control.cycle;

import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One tenant's log in memory; what is stored of it may lie behind.
public final class InMemoryCycleUsage implements CycleUsage {
    private final List<Counted> log = new ArrayList<>();
    private boolean behind;

    public synchronized void add(Instant at, String quantity) {
        log.add(new Counted(newId(), at, new BigDecimal(quantity), log.size(), false));
    }

    private EventId newId() {
        return EventId.derived(new OrganizationId("biz_1"), SubjectId.organization(), "event-" + log.size());
    }

    /// Takes the latest event that happened at `at` out.
    public synchronized void takeOut(Instant at) {
        Counted event = log.stream()
                .filter(counted -> counted.at().equals(at) && !counted.takenOut())
                .reduce((earlier, later) -> later)
                .orElseThrow();
        log.add(new Counted(event.id(), at, event.quantity(), log.size(), true));
    }

    /// Puts another quantity in the place of that event.
    public synchronized void amend(Instant at, String quantity) {
        takeOut(at);
        // In the same record, and the place after it stays free.
        log.add(new Counted(newId(), at, new BigDecimal(quantity), log.size() - 1, false));
    }

    public synchronized void behind(boolean now) {
        behind = now;
    }

    @Override
    public synchronized OptionalLong stored(CycleKey key) {
        return behind ? OptionalLong.empty() : OptionalLong.of(log.size());
    }

    private Stream<Counted> events(Instant from, Instant to, long first, long before) {
        return log.stream()
                .filter(event -> !event.at().isBefore(from)
                        && event.at().isBefore(to)
                        && event.offset() >= first
                        && event.offset() < before);
    }

    private Stream<Counted> counting(Instant from, Instant to, long before) {
        Set<EventId> takenOut = events(from, to, 0, before)
                .filter(Counted::takenOut)
                .map(Counted::id)
                .collect(Collectors.toSet());
        return events(from, to, 0, before).filter(event -> !takenOut.contains(event.id()));
    }

    @Override
    public synchronized BigDecimal value(CycleKey key, Operation operation, Instant from, Instant to, long before) {
        Stream<BigDecimal> quantities = counting(from, to, before).map(Counted::quantity);
        return switch (operation) {
            case SUM -> quantities.reduce(BigDecimal.ZERO, BigDecimal::add);
            case COUNT -> BigDecimal.valueOf(quantities.count());
            case MAX -> quantities.max(BigDecimal::compareTo).orElse(BigDecimal.ZERO);
            case MIN, AVG, LAST -> throw new IllegalStateException("no test needs " + operation);
        };
    }

    @Override
    public synchronized List<Counted> events(
            CycleKey key, Instant from, Instant to, long first, long before, int limit) {
        return events(from, to, first, before).limit(limit).toList();
    }

    /// What was used between two times, whenever it was told.
    public synchronized BigDecimal sum(Instant from, Instant to) {
        return counting(from, to, log.size()).map(Counted::quantity).reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
