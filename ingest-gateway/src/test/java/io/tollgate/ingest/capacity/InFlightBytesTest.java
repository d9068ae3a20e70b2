package io.tollgate.ingest.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class InFlightBytesTest {
    private final InFlightBytes inFlight = new InFlightBytes(100);

    @Test
    void roomIsGivenUpToTheBound() {
        assertThat(inFlight.reserve(60)).isPresent();
        assertThat(inFlight.reserve(40)).isPresent();
        assertThat(inFlight.reserve(1)).isEmpty();
        assertThat(inFlight.reserve(0)).isPresent();
        assertThat(inFlight.reserved()).isEqualTo(100);
    }

    @Test
    void releasingTwiceFreesOnce() {
        InFlightBytes.Reservation first = inFlight.reserve(60).orElseThrow();
        inFlight.reserve(30).orElseThrow();
        first.release();
        first.release();
        assertThat(inFlight.reserved()).isEqualTo(30);
    }

    @Test
    void hugeSizesDoNotOverflow() {
        inFlight.reserve(100).orElseThrow();
        assertThat(inFlight.reserve(Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void concurrentReservationsNeverPassTheBound() {
        AtomicBoolean passed = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int thread = 0; thread < 8; thread++) {
                SplittableRandom random = new SplittableRandom(thread);
                threads.execute(() -> {
                    List<InFlightBytes.Reservation> held = new ArrayList<>();
                    for (int i = 0; i < 20_000; i++) {
                        inFlight.reserve(random.nextInt(50)).ifPresent(held::add);
                        if (inFlight.reserved() > 100) {
                            passed.set(true);
                        }
                        if (random.nextBoolean() && !held.isEmpty()) {
                            held.removeLast().release();
                        }
                    }
                    held.forEach(InFlightBytes.Reservation::release);
                });
            }
        }
        assertThat(passed).isFalse();
        assertThat(inFlight.reserved()).isZero();
    }
}
