package io.tollgate.control.session;

import io.tollgate.contract.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/// That a user is signed in.
///
/// @param id public id
/// @param expiresAt from then on, inclusive, its token is refused
public record Session(UUID id, UserId userId, Instant renewedAt, Instant expiresAt) {
    /// How long a session lasts that is not used.
    public static final Duration LASTS = Duration.ofDays(7);

    /// A session that is used is put off this often: not with each request, for that would be a write each.
    public static final Duration RENEWED_EVERY = Duration.ofDays(1);

    /// Sessions that a user has at once: more than anybody has browsers.
    public static final int COUNT_MAX = 100;

    /// Whether a use at `now` puts off its end.
    boolean renewedBy(Instant now) {
        return !now.isBefore(renewedAt.plus(RENEWED_EVERY));
    }

    /// As it is after a use at `now`.
    public Session usedAt(Instant now) {
        return renewedBy(now) ? new Session(id, userId, now, now.plus(LASTS)) : this;
    }
}
