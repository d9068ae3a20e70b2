package io.tollgate.billing.usage;

import java.util.List;
import java.util.Optional;

/// A part of a list of rejected events, newest first.
///
/// @param next where the next part begins; absent at the end
public record RejectedPage(List<RejectedEvent> events, Optional<RejectedCursor> next) {
    public RejectedPage {
        events = List.copyOf(events);
    }
}
