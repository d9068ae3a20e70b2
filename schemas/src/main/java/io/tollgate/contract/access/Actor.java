package io.tollgate.contract.access;

import java.util.Optional;

/// Who makes a change.
///
/// @param id `admin`, `cron`, `system`, `key:<id>`, `user:<id>` or `provider:<name>`; never the text of a key
/// @param requestId id of the request it is made by; absent for what Tollgate does by itself
public record Actor(String id, Optional<String> requestId) {
    /// Tollgate itself, on a schedule of its own.
    public static final Actor SYSTEM = new Actor("system", Optional.empty());

    /// @throws IllegalArgumentException for nobody, who changes nothing
    public static Actor of(Principal principal, Optional<String> requestId) {
        return new Actor(principal.actorId(), requestId);
    }
}
