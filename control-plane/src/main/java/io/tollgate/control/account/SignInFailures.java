package io.tollgate.control.account;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// The failed sign-ins to one account from one client's network. An attempt counts as failed from its beginning, so
/// that
/// many at once gain nothing; a successful one clears the list.
///
/// @param at oldest first, [#FAILURES_MAX] at most
public record SignInFailures(List<Instant> at) {
    public static final int FAILURES_MAX = 10;
    public static final Duration WITHIN = Duration.ofMinutes(15);

    public SignInFailures {
        at = List.copyOf(at);
    }

    /// Whether another attempt may be made.
    public sealed interface Verdict {
        /// @param after with this attempt among the failures
        record Allowed(SignInFailures after) implements Verdict {}

        /// @param until when the oldest failure no longer counts
        record Refused(Instant until) implements Verdict {}
    }

    public Verdict attempt(Instant now) {
        List<Instant> counting = new ArrayList<>(
                at.stream().filter(one -> one.plus(WITHIN).isAfter(now)).toList());
        if (counting.size() >= FAILURES_MAX) {
            return new Verdict.Refused(counting.getFirst().plus(WITHIN));
        }
        counting.add(now);
        return new Verdict.Allowed(new SignInFailures(counting));
    }
}
