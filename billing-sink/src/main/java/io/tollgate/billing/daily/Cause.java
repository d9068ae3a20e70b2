package io.tollgate.billing.daily;

import io.tollgate.contract.access.Principal;
import java.util.Optional;

/// Who has snapshots made.
public sealed interface Cause {
    /// A scheduler outside, with the cron secret.
    record Cron(Optional<String> requestId) implements Cause {}

    /// The schedule of this installation.
    record Schedule() implements Cause {}

    /// Somebody of the organization.
    record Request(Principal principal, Optional<String> requestId) implements Cause {}
}
