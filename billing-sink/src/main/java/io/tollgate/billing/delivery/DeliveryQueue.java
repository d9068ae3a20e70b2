package io.tollgate.billing.delivery;

import java.time.Instant;
import java.util.List;

/// Deliveries that wait. Thread-safe, and shared by the senders of all processes.
public interface DeliveryQueue {
    /// Takes in hand what is due: per destination and tenant the oldest only, at most four of a destination over all
    /// senders, and nothing there that is in hand already or whose endpoint is disabled. Destinations have their turns,
    /// so that a backlog of one does not keep the others waiting, and what it costs does not grow with the backlog.
    /// What
    /// is not settled by `until` is anybody's again.
    List<DueDelivery> claim(Instant now, Instant until, int max);

    /// Stores how an attempt ended. Does nothing if the delivery is in other hands by now.
    void settle(DueDelivery delivery, Attempt attempt, Settlement settlement, Instant now);

    /// Deletes what was delivered, or handled, before `before`; at most `max` rows. Answers how many it were.
    int purge(Instant before, int max);

    Backlog backlog();

    /// Counted as far as some 100,000 of each kind.
    ///
    /// @param pending deliveries that are tried again or for the first time
    /// @param dead deliveries that were given up and are not handled
    record Backlog(long pending, long dead) {}
}
