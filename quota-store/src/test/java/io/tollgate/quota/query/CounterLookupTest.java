package io.tollgate.quota.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.quota.routing.Owner;
import io.tollgate.quota.routing.Owners;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/// Owners answer first; where none does, the copy that is furthest, and the answer says so.
class CounterLookupTest {
    private static final CounterRead READ = new CounterRead.Total("biz/tenant:a", "calls");
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Owner OLD = new Owner("old:1");
    private static final Owner FRESH = new Owner("fresh:1");
    private static final Owner OTHER = new Owner("other:1");

    private final Instances instances = new Instances();
    private final CounterLookup lookup = new CounterLookup(LocalCounters.NONE, instances, instances, "here:1", 1);

    @Test
    void anOwnerThatMovedIsFoundByASecondLookBeforeAnyCopyIsAsked() {
        instances.owner = Optional.of(OLD);
        instances.nextOwner = Optional.of(FRESH);
        instances.counted.put(FRESH, 10L);
        instances.copies.put(OTHER, 9L);

        assertThat(found(read(10))).isEqualTo(new LookupOutcome.Found(List.of(), true, false, 10));
    }

    @Test
    void theFurthestCopyAnswersForADeadOwner() {
        instances.owner = Optional.of(OLD);
        instances.copies.put(OTHER, 7L);
        instances.copies.put(FRESH, 9L);

        assertThat(found(read(-1))).isEqualTo(new LookupOutcome.Found(List.of(), true, true, 9));
    }

    @Test
    void aCopyThatLacksTheWriteAnswersOnceTheTimeForAnOwnerIsOver() {
        instances.owner = Optional.of(OLD);
        instances.copies.put(OTHER, 7L);

        assertThat(found(lookup.read(READ, 8, LONG, Duration.ofMillis(60))))
                .isEqualTo(new LookupOutcome.Found(List.of(), false, true, 7));
    }

    @Test
    void anOwnerThatAppearsWhileOnlyAnOldCopyAnswersIsPreferred() {
        instances.owner = Optional.of(OLD);
        instances.copies.put(OTHER, 7L);
        instances.counted.put(FRESH, 8L);
        instances.movesAfterRefreshes = 3;
        instances.nextOwner = Optional.of(FRESH);

        assertThat(found(lookup.read(READ, 8, LONG, LONG)))
                .isEqualTo(new LookupOutcome.Found(List.of(), true, false, 8));
    }

    @Test
    void anOwnerThatIsBehindIsAskedAgainUntilItHasCountedTheWrite() {
        instances.owner = Optional.of(FRESH);
        instances.counted.put(FRESH, 5L);
        instances.counting = 1;

        assertThat(found(read(8))).isEqualTo(new LookupOutcome.Found(List.of(), true, false, 8));
    }

    @Test
    void anOwnerThatStaysBehindAnswersAsFarAsItIsWhenTimeIsUp() {
        instances.owner = Optional.of(FRESH);
        instances.counted.put(FRESH, 5L);

        assertThat(found(lookup.read(READ, 8, Duration.ofMillis(50), Duration.ZERO)))
                .isEqualTo(new LookupOutcome.Found(List.of(), false, false, 5));
    }

    @Test
    void withoutOwnerAndCopyTheLookUpSaysSo() {
        assertThat(lookup.read(READ, -1, Duration.ofMillis(50), Duration.ZERO))
                .isInstanceOf(LookupOutcome.OwnerUnavailable.class);
    }

    private LookupOutcome read(long afterOffset) {
        return lookup.read(READ, afterOffset, LONG, LONG);
    }

    private static LookupOutcome.Found found(LookupOutcome outcome) {
        assertThat(outcome).isInstanceOf(LookupOutcome.Found.class);
        return (LookupOutcome.Found) outcome;
    }

    /// Instances with counters that stand at an offset each.
    private static final class Instances implements Owners, OwnerClient {
        private volatile Optional<Owner> owner = Optional.empty();
        private volatile Optional<Owner> nextOwner = Optional.empty();
        private final Map<Owner, Long> counted = new ConcurrentHashMap<>();
        private final Map<Owner, Long> copies = new ConcurrentHashMap<>();
        /// How far an owner comes between two questions.
        private int counting;
        private int movesAfterRefreshes = 1;

        @Override
        public Optional<Owner> ownerOf(int partition) {
            return owner;
        }

        @Override
        public Map<Integer, Owner> all() {
            return owner.map(known -> Map.of(0, known)).orElse(Map.of());
        }

        @Override
        public Set<Owner> instances() {
            return Set.of(OLD, FRESH, OTHER);
        }

        @Override
        public void refresh() {
            if (nextOwner.isPresent() && --movesAfterRefreshes <= 0) {
                owner = nextOwner;
            }
        }

        @Override
        public Optional<LookupOutcome.Found> ask(
                Owner asked, int partition, CounterRead read, long afterOffset, Duration atMost) {
            Long offset = counted.computeIfPresent(asked, (known, at) -> at + counting);
            return Optional.ofNullable(offset)
                    .map(at -> new LookupOutcome.Found(List.of(), at >= afterOffset, false, at));
        }

        @Override
        public Optional<LookupOutcome.Found> askCopy(
                Owner instance, int partition, CounterRead read, long afterOffset, Duration atMost) {
            return Optional.ofNullable(copies.get(instance))
                    .map(at -> new LookupOutcome.Found(List.of(), at >= afterOffset, true, at));
        }
    }
}
