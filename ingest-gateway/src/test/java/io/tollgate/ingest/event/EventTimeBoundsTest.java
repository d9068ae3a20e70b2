package io.tollgate.ingest.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EventTimeBoundsTest {
    @Test
    void defaultsAreFiveMinutesAheadAndAnyAge() {
        assertThat(EventTimeBounds.DEFAULT).isEqualTo(new EventTimeBounds(Duration.ofMinutes(5), Optional.empty()));
    }

    @Test
    void aheadIsBetweenNothingAndADay() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EventTimeBounds(Duration.ofMillis(-1), Optional.empty()))
                .withMessageContaining("EVENT_MAX_AHEAD");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EventTimeBounds(Duration.ofDays(1).plusNanos(1), Optional.empty()));
    }

    @Test
    void ageIsAtLeastAMinute() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EventTimeBounds(Duration.ZERO, Optional.of(Duration.ofSeconds(59))))
                .withMessageContaining("EVENT_MAX_AGE");
    }
}
