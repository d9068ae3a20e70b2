package io.tollgate.metering.ratelimit;

import java.util.Arrays;

/// Counts what passed in the span that ends now. A place taken at t is freed at t + span; above [#EXACT_MAX] places,
/// where remembering each would cost too much, up to a hundredth of the span later, never earlier. Times are
/// microseconds and do not go back.
///
/// Both forms keep entries of (when it is freed, how many places) in a ring, oldest first; the exact one has one entry
/// for each place.
public final class SlidingWindow {
    /// Largest limit that is kept exactly: 80 kB of times.
    public static final int EXACT_MAX = 10_000;

    private static final int SLICES = 100;
    private static final int RING_MIN = 8;
    private static final int[] ONE_EACH = {};

    private final long span;
    private int limit;
    private long[] freedAt = new long[RING_MIN];
    /// Places by entry; empty while the count is exact.
    private int[] places;

    private int head;
    private int entries;
    private int taken;

    /// @param spanMicros microseconds
    /// @param limit most places taken in one span
    public SlidingWindow(long spanMicros, int limit) {
        this.span = spanMicros;
        this.limit = limit;
        this.places = limit > EXACT_MAX ? new int[RING_MIN] : ONE_EACH;
    }

    /// From now on at most `newLimit` places; the ones taken stay taken.
    public void limit(int newLimit) {
        if (newLimit > EXACT_MAX && places.length == 0) {
            places = new int[freedAt.length];
            Arrays.fill(places, 1);
        }
        // The other way the entries that are there are kept until they are freed.
        limit = newLimit;
    }

    public int limit() {
        return limit;
    }

    /// Frees what is due.
    public void advance(long now) {
        while (entries > 0 && freedAt[head] <= now) {
            taken -= placesAt(head);
            head = next(head);
            entries--;
        }
        if (entries == 0) {
            head = 0;
        }
    }

    /// Whether a place is left, after [#advance].
    public boolean free() {
        return taken < limit;
    }

    /// Places that are left, after [#advance].
    public int remaining() {
        return Math.max(0, limit - taken);
    }

    /// When the next request finds a place that is not there now; `now` + span if none is taken. After [#advance].
    public long nextFreeAt(long now) {
        if (entries == 0) {
            return now + span;
        }
        // More than the limit are taken only after the limit was lowered.
        int missing = Math.max(1, taken - limit + 1);
        int at = head;
        for (int entry = 0; entry < entries - 1; entry++) {
            missing -= placesAt(at);
            if (missing <= 0) {
                break;
            }
            at = next(at);
        }
        return freedAt[at];
    }

    /// Takes a place, after [#advance], whether or not one is left.
    public void take(long now) {
        long freed = limit > EXACT_MAX ? sliceEnd(now) + span : now + span;
        if (entries > 0) {
            int last = at(entries - 1);
            // A limit that has just been lowered may have left a slice that is freed later.
            freed = Math.max(freed, freedAt[last]);
            if (places.length > 0 && freedAt[last] == freed) {
                places[last]++;
                taken++;
                return;
            }
        }
        if (entries == freedAt.length) {
            grow();
        }
        int end = at(entries);
        freedAt[end] = freed;
        if (places.length > 0) {
            places[end] = 1;
        }
        entries++;
        taken++;
    }

    /// Memory that it holds, in bytes, roughly.
    public int bytes() {
        return Long.BYTES * freedAt.length + Integer.BYTES * places.length;
    }

    private long sliceEnd(long now) {
        long slice = span / SLICES;
        return (Math.floorDiv(now, slice) + 1) * slice;
    }

    private int placesAt(int entry) {
        return places.length == 0 ? 1 : places[entry];
    }

    private int next(int entry) {
        return entry + 1 == freedAt.length ? 0 : entry + 1;
    }

    private int at(int offset) {
        return (head + offset) % freedAt.length;
    }

    private void grow() {
        long[] moreFreedAt = new long[2 * entries];
        int[] morePlaces = places.length == 0 ? ONE_EACH : new int[2 * entries];
        for (int entry = 0; entry < entries; entry++) {
            moreFreedAt[entry] = freedAt[at(entry)];
            if (places.length > 0) {
                morePlaces[entry] = places[at(entry)];
            }
        }
        freedAt = moreFreedAt;
        places = morePlaces;
        head = 0;
    }
}
