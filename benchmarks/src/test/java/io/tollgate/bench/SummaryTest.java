package io.tollgate.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {
    @Test
    void medianIsTheMiddleRoundWhateverTheOrder() {
        assertThat(Summary.of(List.of(30.0, 10.0, 20.0))).isEqualTo(new Summary(20, 10, 30));
    }

    @Test
    void medianOfAnEvenNumberOfRoundsIsTheMeanOfTheMiddleTwo() {
        assertThat(Summary.of(List.of(4.0, 1.0, 2.0, 100.0))).isEqualTo(new Summary(3, 1, 100));
    }

    @Test
    void ratiosAreTakenRoundByRound() {
        assertThat(Summary.ofRatios(List.of(10.0, 40.0, 30.0), List.of(100.0, 100.0, 50.0)))
                .isEqualTo(new Summary(0.4, 0.1, 0.6));
    }

    @Test
    void roundsWithoutTheirLimitsAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Summary.ofRatios(List.of(1.0), List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> Summary.of(List.of()));
    }

    @Test
    void percentileIsTheValueThatTheShareDoesNotExceed() {
        double[] values = new double[100];
        for (int i = 0; i < values.length; i++) {
            values[i] = 100 - i;
        }
        assertThat(Summary.percentile(values, 0.5)).isEqualTo(50);
        assertThat(Summary.percentile(values, 0.99)).isEqualTo(99);
        assertThat(Summary.percentile(values, 1)).isEqualTo(100);
        assertThat(Summary.percentile(new double[] {7}, 0.99)).isEqualTo(7);
    }
}
