package io.tollgate.control.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.control.account.SignInFailures.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignInFailuresTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    /// One failure a minute, from `NOW` on.
    private static SignInFailures failures(int count) {
        SignInFailures failures = new SignInFailures(List.of());
        for (int i = 0; i < count; i++) {
            failures = ((Verdict.Allowed) failures.attempt(NOW.plus(Duration.ofMinutes(i)))).after();
        }
        return failures;
    }

    @Test
    void tenthAttemptIsAllowedAndTheEleventhWaitsForTheFirstToBeForgotten() {
        Instant later = NOW.plus(Duration.ofMinutes(10));

        assertThat(failures(9).attempt(later)).isInstanceOf(Verdict.Allowed.class);
        assertThat(failures(10).attempt(later)).isEqualTo(new Verdict.Refused(NOW.plus(SignInFailures.WITHIN)));
    }

    @Test
    void refusedAttemptsDoNotPutOffTheNextAllowedOne() {
        SignInFailures full = failures(10);
        Instant justBefore = NOW.plus(SignInFailures.WITHIN).minusNanos(1_000);

        assertThat(full.attempt(justBefore)).isInstanceOf(Verdict.Refused.class);
        assertThat(full.attempt(NOW.plus(SignInFailures.WITHIN))).isInstanceOf(Verdict.Allowed.class);
    }

    @Test
    void whatNoLongerCountsIsForgotten() {
        Instant muchLater = NOW.plus(Duration.ofDays(1));

        assertThat(failures(10).attempt(muchLater))
                .isEqualTo(new Verdict.Allowed(new SignInFailures(List.of(muchLater))));
    }
}
