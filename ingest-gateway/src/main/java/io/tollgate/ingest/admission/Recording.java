package io.tollgate.ingest.admission;

import java.util.concurrent.CompletableFuture;

/// How far the recording of a request has come when its owners have answered.
public sealed interface Recording permits Verdict.Denied, Verdict.Unavailable, Recording.Underway {
    /// The records are on their way.
    ///
    /// @param settled completes, never exceptionally, when it is known whether all of them landed in time
    record Underway(Verdict.Written written, CompletableFuture<Settled> settled) implements Recording {}
}
