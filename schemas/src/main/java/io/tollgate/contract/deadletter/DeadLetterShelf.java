package io.tollgate.contract.deadletter;

import io.tollgate.contract.TimeCursor;
import java.util.List;
import java.util.Optional;

/// The dead letters of one kind, over all organizations. Thread-safe.
public interface DeadLetterShelf {
    /// The kind in wire words, such as `webhook_out`.
    String kind();

    /// Newest first, after the place given; at most `limit`.
    List<DeadLetter> list(int limit, Optional<TimeCursor> after);

    /// Tries it again from the beginning; answers false if there is no such letter on this shelf.
    boolean retry(String id);

    /// Takes it off the shelf for good; answers false if there is no such letter on this shelf.
    boolean discard(String id);
}
