package io.tollgate.control.key;

import io.tollgate.contract.access.Actor;
import java.util.List;
import java.util.Optional;

/// The keys that speak for organizations and tenants. Each change is audited under its actor. Thread-safe.
public interface ApiKeys {
    /// Most active keys of one holder: two, so that one can be replaced without a gap.
    int ACTIVE_MAX = 2;

    KeyCreation create(Actor actor, KeyHolder holder, KeyName name);

    /// Active keys, newest first; absent if there is no such holder.
    Optional<List<ApiKey>> active(KeyHolder holder);

    /// The active key of this name.
    Optional<ApiKey> find(KeyHolder holder, KeyName name);

    /// Ends the active key of this name. On return this instance refuses the key, unless waiting for that was given up.
    KeyDeletion delete(Actor actor, KeyHolder holder, KeyName name);
}
