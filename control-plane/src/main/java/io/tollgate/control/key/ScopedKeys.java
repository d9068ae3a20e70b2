package io.tollgate.control.key;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import java.time.Duration;
import java.util.Optional;

/// The keys that may do what they list. Each change is audited under its actor, and on return is applied at this
/// instance unless waiting for that was given up. Thread-safe.
public interface ScopedKeys {
    /// A new key and its text, which is shown this once.
    record Made(ScopedKey key, KeyText text) {}

    /// Absent if there is no such organization.
    Optional<Made> create(Actor actor, OrganizationId organizationId, ScopedKeyDraft draft);

    /// @param after the last key of the page before
    ScopedKeyPage list(OrganizationId organizationId, boolean includeRevoked, Optional<TimeCursor> after, int limit);

    Optional<ScopedKey> find(OrganizationId organizationId, String id);

    /// Makes a key like the one with this id, which stops after `overlap`.
    KeyRotation rotate(Actor actor, OrganizationId organizationId, String id, Duration overlap);

    /// Ends the key; doing so again changes nothing. Answers false if there is no such key.
    boolean revoke(Actor actor, OrganizationId organizationId, String id);

    /// What a text is worth to the organization: keys of others are unknown to it.
    KeyStanding standing(OrganizationId organizationId, KeyText text);
}
