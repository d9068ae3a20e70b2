package io.tollgate.billing.delivery.postgres;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;

/// Rows of `webhook_lanes` that the transaction has locked. What it does with them costs a few index look-ups a lane.
record Lanes(List<String> destinations, List<Short> slots) {
    Lanes {
        destinations = List.copyOf(destinations);
        slots = List.copyOf(slots);
    }

    /// Those that are due and that nobody else has locked, in the order of their turns.
    static Lanes lockDue(Handle handle, Instant now, int max) {
        return of(handle.createQuery("""
                        SELECT destination, slot FROM webhook_lanes WHERE NOT parked AND next_at <= :now
                        ORDER BY next_at LIMIT :max FOR UPDATE SKIP LOCKED
                        """)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .bind("max", max)
                .map((row, context) -> new Lane(row.getString(1), row.getShort(2)))
                .list());
    }

    /// The one of which a sender has the delivery in hand, if it still has it.
    static Lanes lockHolding(Handle handle, String deliveryId, Instant claimedUntil) {
        return of(handle.createQuery("""
                        SELECT destination, slot FROM webhook_lanes
                        WHERE delivery_id = :deliveryId AND claimed_until = :claimedUntil FOR UPDATE
                        """)
                .bind("deliveryId", deliveryId)
                .bind("claimedUntil", claimedUntil.atOffset(ZoneOffset.UTC))
                .map((row, context) -> new Lane(row.getString(1), row.getShort(2)))
                .list());
    }

    private record Lane(String destination, short slot) {}

    private static Lanes of(List<Lane> lanes) {
        return new Lanes(
                lanes.stream().map(Lane::destination).toList(),
                lanes.stream().map(Lane::slot).toList());
    }

    boolean isEmpty() {
        return destinations.isEmpty();
    }

    /// Binds `:destinations` and `:slots`.
    <S extends SqlStatement<S>> S bound(S statement) {
        return statement.bindArray("destinations", String.class, destinations).bindArray("slots", Short.class, slots);
    }

    /// Takes them out of the senders' sight until their endpoint is enabled or deleted.
    void parkDisabled(Handle handle) {
        bound(handle.createUpdate("""
                        UPDATE webhook_lanes AS lane SET parked = true, delivery_id = NULL, claimed_until = NULL
                        FROM webhook_endpoints AS endpoint
                        WHERE (lane.destination, lane.slot) IN (SELECT * FROM unnest(:destinations, :slots))
                          AND endpoint.id = lane.endpoint_id AND NOT endpoint.enabled
                        """)).execute();
    }

    void release(Handle handle) {
        bound(handle.createUpdate("""
                        UPDATE webhook_lanes SET delivery_id = NULL, claimed_until = NULL
                        WHERE (destination, slot) IN (SELECT * FROM unnest(:destinations, :slots))
                        """)).execute();
    }

    /// Gives those of which nothing is in hand their next turn, at the end of the line if there is more to send now,
    /// and
    /// ends those that have nothing to send.
    void rest(Handle handle, Instant now) {
        bound(handle.createUpdate("""
                        WITH next AS (
                            SELECT lane.destination, lane.slot,
                                   CASE WHEN new.sequence IS NULL AND again.due_at IS NULL THEN NULL
                                        WHEN new.sequence IS NULL THEN greatest(again.due_at, :now)
                                        ELSE :now END AS at
                            FROM webhook_lanes AS lane
                            LEFT JOIN LATERAL (
                                SELECT sequence FROM webhook_deliveries AS delivery
                                WHERE status = 'pending' AND delivery.destination = lane.destination
                                  AND delivery.slot = lane.slot
                                ORDER BY sequence LIMIT 1) AS new ON true
                            LEFT JOIN LATERAL (
                                SELECT due_at FROM webhook_deliveries AS delivery
                                WHERE status = 'failed' AND delivery.destination = lane.destination
                                  AND delivery.slot = lane.slot
                                ORDER BY due_at LIMIT 1) AS again ON true
                            WHERE (lane.destination, lane.slot) IN (SELECT * FROM unnest(:destinations, :slots))
                              AND (lane.delivery_id IS NULL OR lane.claimed_until <= :now) AND NOT lane.parked),
                        ended AS (
                            DELETE FROM webhook_lanes AS lane USING next
                            WHERE lane.destination = next.destination AND lane.slot = next.slot AND next.at IS NULL)
                        UPDATE webhook_lanes AS lane SET next_at = next.at, delivery_id = NULL, claimed_until = NULL
                        FROM next
                        WHERE lane.destination = next.destination AND lane.slot = next.slot AND next.at IS NOT NULL
                        """))
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .execute();
    }
}
