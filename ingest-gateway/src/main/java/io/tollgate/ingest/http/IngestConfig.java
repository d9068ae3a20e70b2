package io.tollgate.ingest.http;

import io.tollgate.ingest.event.EventTimeBounds;

/// What an operator sets about taking events in.
///
/// @param eventTimeBounds `EVENT_MAX_AHEAD` and `EVENT_MAX_AGE`
/// @param inFlightBytesMax `TOLLGATE_INFLIGHT_BYTES_MAX`: request bytes, decompressed ones included, that are taken in
///     and not yet answered, over all requests. A request occupies about four times as much heap while it is worked on.
///     At least one compressed request of the largest size, 16,000,000.
public record IngestConfig(EventTimeBounds eventTimeBounds, long inFlightBytesMax) {
    /// Eight of the largest compressed requests, or some hundreds of ordinary batches.
    public static final long IN_FLIGHT_BYTES_DEFAULT = 128L << 20;

    public static final IngestConfig DEFAULT = new IngestConfig(EventTimeBounds.DEFAULT, IN_FLIGHT_BYTES_DEFAULT);

    public IngestConfig {
        if (inFlightBytesMax < 2L * EventBody.BYTES_MAX) {
            throw new IllegalArgumentException("TOLLGATE_INFLIGHT_BYTES_MAX must be at least "
                    + 2L * EventBody.BYTES_MAX + " bytes, not " + inFlightBytesMax);
        }
    }
}
