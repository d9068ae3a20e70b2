package io.tollgate.ingest.reservation;

/// What a look for a reservation comes to.
public sealed interface Finding permits Finding.Found, NotFound, Unavailable {
    record Found(Held held) implements Finding {}
}
