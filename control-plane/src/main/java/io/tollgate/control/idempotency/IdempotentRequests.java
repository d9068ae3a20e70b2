package io.tollgate.control.idempotency;

import java.time.Duration;

/// Requests with a key and their first answers. Thread-safe.
public interface IdempotentRequests {
    /// How long an answer is kept.
    Duration KEPT = Duration.ofHours(24);

    /// After so long without an answer a first attempt counts as died, and the next one as the first.
    Duration RUNNING_MAX = Duration.ofSeconds(60);

    /// @param fingerprint of the body and the caller
    Attempt attempt(RequestKey key, byte[] fingerprint);

    void keep(RequestKey key, StoredAnswer answer);

    /// The attempt has changed nothing; the next one is the first again.
    void forget(RequestKey key);

    /// Forgets answers that are older than [#KEPT].
    void forgetOld();
}
