package io.tollgate.billing.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.billing.usage.UsageSummaries.Summary;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.period.WindowSize;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class UsageSummariesTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final Span MORNING = span("2026-03-01T08:00:00Z", "2026-03-01T11:00:00Z");

    /// Operations by meter for everybody, and by `tenant/meter` for one.
    private record Defined(Map<String, Operation> operations) implements MeterOperations {
        @Override
        public Operation of(SubjectKey subject, String meter) {
            String tenant = subject.subject().tenantId().orElseThrow().value();
            return operations.getOrDefault(tenant + "/" + meter, operations.getOrDefault(meter, Operation.SUM));
        }

        @Override
        public Set<String> notSummed(OrganizationId organizationId, Collection<String> meters) {
            return meters.stream()
                    .filter(meter -> operations.entrySet().stream()
                            .anyMatch(defined -> (defined.getKey().equals(meter)
                                            || defined.getKey().endsWith("/" + meter))
                                    && defined.getValue() != Operation.SUM))
                    .collect(Collectors.toSet());
        }
    }

    /// Rows as the store would find them, from the place where a page begins.
    ///
    /// @param users whose usage it is, of every meter; absent: too many to tell
    private record Rows(List<UsageRow> rows, Optional<Set<String>> users) implements UsageReads {
        @Override
        public Optional<Map<String, Set<SubjectId>>> subjects(UsageQuery query, Set<String> meters) {
            return users.map(tenants -> meters.stream()
                    .collect(Collectors.toMap(
                            meter -> meter,
                            meter -> tenants.stream()
                                    .map(tenant -> SubjectId.tenant(new TenantId(tenant)))
                                    .collect(Collectors.toSet()))));
        }

        @Override
        public UsageOutcome usage(UsageQuery query) {
            int from = query.after()
                    .map(after -> (int) rows.stream()
                            .filter(row -> !follows(row.key(), after))
                            .count())
                    .orElse(0);
            return new UsageOutcome.Rows(rows.subList(from, Math.min(rows.size(), from + query.limit())));
        }

        private static boolean follows(RowKey row, RowKey after) {
            int order = RowKey.BY_NAMES.compare(row.names(), after.names());
            return order > 0
                    || (order == 0
                            && row.window()
                                    .orElse(Instant.EPOCH)
                                    .isAfter(after.window().orElse(Instant.EPOCH)));
        }

        @Override
        public Optional<List<Optional<BigDecimal>>> last(UsageQuery query, List<RowKey> keys, List<Span> spans) {
            return Optional.of(spans.stream()
                    .map(span -> Optional.of(BigDecimal.valueOf(
                            span.before().getEpochSecond() - span.from().getEpochSecond())))
                    .toList());
        }

        @Override
        public Optional<EventPage> events(EventQuery query) {
            throw new AssertionError("not asked for");
        }

        @Override
        public Optional<FoundEvent> event(OrganizationId organizationId, String eventId) {
            throw new AssertionError("not asked for");
        }

        @Override
        public Map<String, String> statuses(OrganizationId organizationId, Collection<String> eventIds) {
            throw new UnsupportedOperationException();
        }

        @Override
        public RejectedPage rejected(RejectedQuery query) {
            throw new AssertionError("not asked for");
        }
    }

    private static Span span(String from, String before) {
        return new Span(Instant.parse(from), Instant.parse(before));
    }

    /// Two events, of 1 and 4.
    private static UsageRow row(String window, String... names) {
        Optional<Instant> start = window.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(window));
        return new UsageRow(
                new RowKey(List.of(names), start),
                new CounterState(2, BigDecimal.valueOf(5), BigDecimal.ONE, BigDecimal.valueOf(4), null, 0, 0, -1));
    }

    private static UsageQuery query(String groupBy, Optional<WindowSize> window, Span period, int limit) {
        return new UsageQuery(
                UsageSamples.ORGANIZATION,
                List.of(),
                List.of(),
                List.of(),
                Grouping.ofWords(groupBy).orElseThrow(),
                window,
                period,
                BERLIN,
                limit,
                Optional.empty());
    }

    private static UsageQuery with(UsageQuery query, List<String> tenants, List<String> meters) {
        return new UsageQuery(
                query.organizationId(),
                tenants,
                meters,
                query.filters(),
                query.grouping(),
                query.window(),
                query.period(),
                query.zone(),
                query.limit(),
                query.after());
    }

    private static Summary.Page page(UsageQuery query, Map<String, Operation> operations, UsageRow... rows) {
        return page(query, operations, Set.of("a"), rows);
    }

    private static Summary.Page page(
            UsageQuery query, Map<String, Operation> operations, Set<String> users, UsageRow... rows) {
        Summary summary = new UsageSummaries(new Rows(List.of(rows), Optional.of(users)), new Defined(operations))
                .summarize(query);
        assertThat(summary).isInstanceOf(Summary.Page.class);
        return (Summary.Page) summary;
    }

    private static List<String> told(Summary.Page page) {
        return page.lines().stream()
                .map(line -> String.join(",", line.names())
                        + line.window().map(window -> "@" + window.start()).orElse("") + "="
                        + line.total().toPlainString())
                .toList();
    }

    @Test
    void totalsFollowTheMetersOperation() {
        UsageQuery byMeter = query("event_type", Optional.empty(), MORNING, 10);

        assertThat(told(page(
                        byMeter,
                        Map.of(
                                "avg", Operation.AVG,
                                "count", Operation.COUNT,
                                "last", Operation.LAST,
                                "max", Operation.MAX,
                                "min", Operation.MIN),
                        row("", "avg"),
                        row("", "count"),
                        row("", "last"),
                        row("", "max"),
                        row("", "min"),
                        row("", "other"))))
                .containsExactly("avg=2.500000", "count=2", "last=10800", "max=4", "min=1", "other=5");
    }

    @Test
    void rowsOfNoOneMeterAreSums() {
        Map<String, Operation> operations = Map.of("seats", Operation.MAX);
        UsageQuery byTenant = query("tenant", Optional.empty(), MORNING, 10);

        assertThat(told(page(byTenant, operations, row("", "a")))).containsExactly("a=5");
        assertThat(told(page(with(byTenant, List.of(), List.of("seats")), operations, row("", "a"))))
                .as("one meter is asked for")
                .containsExactly("a=4");
    }

    @Test
    void tenantsThatDifferInAnOperationAreSummed() {
        Map<String, Operation> operations = Map.of("a/seats", Operation.MAX);
        UsageQuery byMeter = query("event_type", Optional.empty(), MORNING, 10);

        assertThat(told(page(with(byMeter, List.of("a"), List.of()), operations, row("", "seats"))))
                .containsExactly("seats=4");
        assertThat(told(page(with(byMeter, List.of("a", "b"), List.of()), operations, row("", "seats"))))
                .containsExactly("seats=5");
        assertThat(told(page(
                        query("tenant,event_type", Optional.empty(), MORNING, 10),
                        operations,
                        row("", "a", "seats"),
                        row("", "b", "seats"))))
                .containsExactly("a,seats=4", "b,seats=5");
    }

    @Test
    void whoeverUsedAMeterDecidesHowItsTotalIsCounted() {
        UsageQuery byMeter = query("event_type", Optional.empty(), MORNING, 10);
        Map<String, Operation> ofOne = Map.of("a/seats", Operation.MAX);

        assertThat(told(page(byMeter, ofOne, Set.of("a"), row("", "seats")))).containsExactly("seats=4");
        assertThat(told(page(byMeter, ofOne, Set.of("a", "b"), row("", "seats"))))
                .as("nothing is defined for b")
                .containsExactly("seats=5");
        assertThat(told(page(
                        byMeter,
                        Map.of("a/seats", Operation.SUM, "b/seats", Operation.MAX),
                        Set.of("b"),
                        row("", "seats"))))
                .as("only b has usage")
                .containsExactly("seats=4");
        assertThat(told(page(
                        with(query("day", Optional.empty(), MORNING, 10), List.of(), List.of("seats")),
                        ofOne,
                        Set.of("a", "b"),
                        row("", "2026-03-01"))))
                .as("one meter is asked for")
                .containsExactly("2026-03-01=5");
    }

    @Test
    void usageOfMoreThanCanBeToldApartIsTooMuch() {
        Rows ofTooMany = new Rows(List.of(row("", "seats")), Optional.empty());
        UsageQuery byMeter = query("event_type", Optional.empty(), MORNING, 10);

        assertThat(new UsageSummaries(ofTooMany, new Defined(Map.of("seats", Operation.MAX))).summarize(byMeter))
                .isInstanceOf(Summary.TooMuch.class);
        assertThat(new UsageSummaries(ofTooMany, new Defined(Map.of())).summarize(byMeter))
                .as("everybody's is summed")
                .isInstanceOf(Summary.Page.class);
    }

    @Test
    void lastOfADayIsOfThePartThatIsInThePeriod() {
        Span period = span("2026-03-28T22:30:00Z", "2026-03-30T10:00:00Z");

        assertThat(told(page(
                        query("day,event_type", Optional.empty(), period, 10),
                        Map.of("x", Operation.LAST),
                        row("", "2026-03-28", "x"),
                        row("", "2026-03-29", "x"),
                        row("", "2026-03-30", "x"))))
                .as("half an hour; a day of 23 hours; noon in summer time")
                .containsExactly("2026-03-28,x=1800", "2026-03-29,x=82800", "2026-03-30,x=43200");
    }

    @Test
    void windowsWithoutUsageAreThere() {
        UsageQuery hours = query("event_type", Optional.of(WindowSize.HOUR), MORNING, 10);

        assertThat(told(page(hours, Map.of(), row("2026-03-01T09:00:00Z", "x"))))
                .containsExactly("x@2026-03-01T08:00:00Z=0", "x@2026-03-01T09:00:00Z=5", "x@2026-03-01T10:00:00Z=0");
        assertThat(told(page(with(hours, List.of(), List.of("y")), Map.of())))
                .as("what is asked for by name")
                .containsExactly("y@2026-03-01T08:00:00Z=0", "y@2026-03-01T09:00:00Z=0", "y@2026-03-01T10:00:00Z=0");
        assertThat(told(page(hours, Map.of()))).as("nothing is known to exist").isEmpty();
    }

    @Test
    void pagesOfWindowsAreTheListWithoutGapOrRepetition() {
        UsageRow[] rows = {
            row("2026-03-01T10:00:00Z", "a"),
            row("2026-03-01T08:00:00Z", "c"),
            row("2026-03-01T09:00:00Z", "\uE000"),
            row("2026-03-01T09:00:00Z", "\uD83D\uDE00")
        };
        UsageQuery whole = with(
                query("event_type", Optional.of(WindowSize.HOUR), MORNING, 100),
                List.of(),
                List.of("a", "b", "c", "\uE000", "\uD83D\uDE00"));
        List<String> all = told(page(whole, Map.of(), rows));
        assertThat(all).hasSize(15);

        for (int limit = 1; limit <= 16; limit++) {
            List<String> listed = new ArrayList<>();
            Optional<RowKey> after = Optional.empty();
            do {
                Summary.Page page = page(
                        new UsageQuery(
                                whole.organizationId(),
                                whole.tenants(),
                                whole.meters(),
                                whole.filters(),
                                whole.grouping(),
                                whole.window(),
                                whole.period(),
                                whole.zone(),
                                limit,
                                after),
                        Map.of(),
                        rows);
                assertThat(page.lines()).hasSizeLessThanOrEqualTo(limit);
                listed.addAll(told(page));
                after = page.next().map(key -> RowKey.fromText(key.toText(), 1, true));
            } while (after.isPresent());
            assertThat(listed).as("limit " + limit).isEqualTo(all);
        }
    }
}
