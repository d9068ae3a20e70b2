package io.tollgate.control.cycle;

import java.util.Optional;

/// What a metric says of itself at the provider.
///
/// @param keyName name of the credential to use; absent: the newest
/// @param item subscription item that overage units go to
/// @param product product whose metered price overage units go to
/// @param overage whether overage units are meant, and not the metric's own value
public record ReportTarget(
        Optional<String> keyName,
        Optional<String> eventName,
        Optional<String> price,
        Optional<String> item,
        Optional<String> product,
        boolean overage) {}
