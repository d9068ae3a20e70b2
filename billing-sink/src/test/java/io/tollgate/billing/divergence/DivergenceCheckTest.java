package io.tollgate.billing.divergence;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.billing.divergence.Stored.StoredCounter;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DivergenceCheckTest {
    private static final HourCounter A = counter("a");
    private static final HourCounter B = counter("b");
    private static final HourCounter C = counter("c");

    private final Map<HourCounter, Owned> owners = new HashMap<>();
    private final Map<HourCounter, Stored> stored = new HashMap<>();
    private final List<LogPosition> awaited = new ArrayList<>();
    private boolean arrives = true;

    private final DivergenceCheck check = new DivergenceCheck(
            new StoredCounters() {
                @Override
                public List<HourCounter> sample(int limit, Optional<OrganizationId> only) {
                    return List.of(A, B, C);
                }

                @Override
                public Map<HourCounter, Stored> read(Map<HourCounter, Owned> owned) {
                    return stored;
                }
            },
            this::owned,
            (position, atMost) -> arrived(position, atMost));

    private Map<HourCounter, Owned> owned(Collection<HourCounter> asked) {
        return owners;
    }

    private boolean arrived(LogPosition position, Duration atMost) {
        awaited.add(position);
        return arrives;
    }

    private static HourCounter counter(String tenant) {
        return new HourCounter(
                new SubjectKey(new OrganizationId("biz_test"), SubjectId.tenant(new TenantId(tenant))),
                "m",
                Instant.parse("2026-03-01T10:00:00Z"));
    }

    private static Sum sum(long events, String quantity) {
        return new Sum(events, new BigDecimal(quantity));
    }

    private void both(HourCounter counter, int partition, long offset, String owned, String events) {
        owners.put(counter, new Owned(sum(2, owned), partition, offset));
        stored.put(counter, new Stored(sum(2, events), Optional.of(new StoredCounter(sum(2, owned), offset))));
    }

    /// The store is asked only when it is as far as every counter, and is waited for once.
    @Test
    void theStoreIsWaitedForUpToTheFurthestOfEachPartition() {
        both(A, 0, 7, "3", "3.000000");
        both(B, 0, 9, "4", "4");
        both(C, 1, 2, "5", "5");

        assertThat(check.run(10, Optional.empty())).isEqualTo(new Divergence(3, 0, List.of()));
        assertThat(awaited).containsExactly(LogPosition.of(0, 9).max(LogPosition.of(1, 2)));
    }

    @Test
    void whatCannotBeComparedIsSkippedAndSaid() {
        both(A, 0, 7, "3", "3");
        assertThat(check.run(10, Optional.empty())).isEqualTo(new Divergence(1, 2, List.of()));

        arrives = false;
        assertThat(check.run(10, Optional.empty())).isEqualTo(new Divergence(0, 3, List.of()));
    }

    @Test
    void aDifferenceIsToldWithAllItsFigures() {
        both(A, 0, 7, "3", "3");
        both(B, 0, 9, "4", "4.000001");

        assertThat(check.run(10, Optional.empty()).mismatches())
                .containsExactly(new Divergence.Mismatch(B, owners.get(B), stored.get(B)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            case                                        | owned | at | events | stored counter | at | differs
            all agree                                   | 2:3   | 7  | 2:3    | 2:3            | 7  | false
            the stored counter is further               | 2:3   | 7  | 2:3    | 5:9            | 8  | false
            the stored counter lost the last record     | 2:3   | 7  | 2:3    | 1:1            | 6  | true
            the stored counter was changed              | 2:3   | 7  | 2:3    | 2:4            | 7  | true
            an event was changed                        | 2:3   | 7  | 2:4    | 2:3            | 7  | true
            an event is missing whose quantity is 0     | 2:3   | 7  | 1:3    | 2:3            | 7  | true
            no stored counter                           | 2:3   | 7  | 2:3    |                |    | true
            nothing counted, nothing stored             | 0:0   | 7  | 0:0    |                |    | false
            """)
    void counterAndStoreAreComparedAtOnePlace(
            String name, String owned, long at, String events, String counter, Long counterAt, boolean differs) {
        assertThat(DivergenceCheck.differs(
                        new Owned(parsed(owned), 0, at),
                        new Stored(
                                parsed(events),
                                Optional.ofNullable(counter).map(text -> new StoredCounter(parsed(text), counterAt)))))
                .isEqualTo(differs);
    }

    private static Sum parsed(String text) {
        String[] parts = text.split(":", -1);
        return sum(Long.parseLong(parts[0]), parts[1]);
    }
}
