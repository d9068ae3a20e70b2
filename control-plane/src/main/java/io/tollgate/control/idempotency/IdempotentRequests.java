package io.tollgate.control.idempotency;

import java.time.Duration;
import java.util.Optional;

/// Requests with a key and their first answers. Thread-safe.
public interface IdempotentRequests {
    /// How long an answer is kept.
    Duration KEPT = Duration.ofHours(24);

    /// After so long without an answer a first attempt counts as died. If it has changed nothing, the next one is the
    /// first.
    Duration RUNNING_MAX = Duration.ofSeconds(60);

    /// @param fingerprint of the body and the caller
    /// @param requestId under which the audit trail knows what the attempt changes
    Attempt attempt(RequestKey key, byte[] fingerprint, Optional<String> requestId);

    void keep(RequestKey key, StoredAnswer answer);

    /// The attempt has changed nothing; the next one is the first again.
    void forget(RequestKey key);

    /// Forgets answers that are older than [#KEPT].
    void forgetOld();
}
