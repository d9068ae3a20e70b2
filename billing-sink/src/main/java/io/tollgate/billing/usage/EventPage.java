package io.tollgate.billing.usage;

import java.util.List;
import java.util.Optional;

/// A part of a list of events, newest first.
///
/// @param total how many events match in all
/// @param next where the next part begins; absent at the end
public record EventPage(List<StoredEvent> events, long total, Optional<EventCursor> next) {
    public EventPage {
        events = List.copyOf(events);
    }
}
