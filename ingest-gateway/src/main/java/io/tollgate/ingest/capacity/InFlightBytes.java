package io.tollgate.ingest.capacity;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Bytes of requests that are taken in and not yet answered, over all requests of this gateway. Refuses instead of
/// queueing: a caller that is told to come back costs nothing while it waits. Thread-safe.
public final class InFlightBytes {
    private final long bytesMax;
    private final AtomicLong reserved = new AtomicLong();

    /// @param bytesMax most bytes that may be reserved at once; a single request of more is never admitted
    public InFlightBytes(long bytesMax) {
        if (bytesMax <= 0) {
            throw new IllegalArgumentException("at least one byte must be allowed in flight");
        }
        this.bytesMax = bytesMax;
    }

    /// Room for `bytes`, or nothing if that would pass the bound.
    public Optional<Reservation> reserve(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("negative size " + bytes);
        }
        while (true) {
            long before = reserved.get();
            if (bytes > bytesMax - before) {
                return Optional.empty();
            }
            if (reserved.compareAndSet(before, before + bytes)) {
                return Optional.of(new Reservation(bytes));
            }
        }
    }

    /// Bytes reserved now.
    public long reserved() {
        return reserved.get();
    }

    /// Room held by one request. Released once, however often [#release()] is called.
    public final class Reservation {
        private final long bytes;
        private final AtomicBoolean released = new AtomicBoolean();

        private Reservation(long bytes) {
            this.bytes = bytes;
        }

        public void release() {
            if (released.compareAndSet(false, true)) {
                reserved.addAndGet(-bytes);
            }
        }
    }
}
