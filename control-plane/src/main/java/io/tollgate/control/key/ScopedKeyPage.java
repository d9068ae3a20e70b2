package io.tollgate.control.key;

import io.tollgate.contract.TimeCursor;
import java.util.List;
import java.util.Optional;

/// Scoped keys, newest first.
///
/// @param next where the next page begins; absent on the last
public record ScopedKeyPage(List<ScopedKey> keys, Optional<TimeCursor> next) {
    public ScopedKeyPage {
        keys = List.copyOf(keys);
    }
}
