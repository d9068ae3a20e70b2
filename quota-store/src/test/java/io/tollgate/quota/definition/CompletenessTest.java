package io.tollgate.quota.definition;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class CompletenessTest {
    private static final TopicPartition KEYS = new TopicPartition("keys", 0);
    private static final TopicPartition PLANS = new TopicPartition("plans", 0);
    private static final Instant ASKED = Instant.parse("2026-01-01T00:00:00Z");

    private final Completeness completeness = new Completeness();

    @Test
    void isCompleteAsOfWhenTheEndsWereAsked() {
        completeness.await(Map.of(KEYS, 10L, PLANS, 0L), ASKED);

        assertThat(completeness.reached(partition -> 0)).isEmpty();
        assertThat(completeness.waiting()).isTrue();
        assertThat(completeness.reached(partition -> partition.equals(KEYS) ? 10 : 0))
                .contains(ASKED);
        assertThat(completeness.waiting()).isFalse();
        assertThat(completeness.reached(partition -> 100)).as("told once").isEmpty();
    }

    /// Whoever follows topics that grow with every look has what they held at the first one.
    @Test
    void topicsThatNeverRestDoNotHideIt() {
        completeness.await(Map.of(KEYS, 10L), ASKED);

        boolean complete = false;
        for (long end = 11; end < 20 && !complete; end++) {
            long behind = end - 1;
            complete = completeness.reached(partition -> behind).isPresent();
        }

        assertThat(complete).isTrue();
    }

    @Test
    void whatIsReadAnewIsNotComplete() {
        completeness.await(Map.of(KEYS, 10L), ASKED);
        completeness.forget();

        assertThat(completeness.reached(partition -> 10)).isEmpty();
    }
}
