package io.tollgate.billing.snapshot;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Of which windows a history is made.
public enum Granularity {
    /// Flush windows, as they were stored.
    FLUSH,
    /// Hours since 1970-01-01T00:00:00Z.
    HOUR,
    /// Calendar days in the organization's zone.
    DAY,
    /// Calendar months in the organization's zone.
    MONTH;

    /// The granularity written `word`, compared exactly.
    public static Optional<Granularity> ofWord(String word) {
        return Arrays.stream(values())
                .filter(granularity ->
                        granularity.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst();
    }
}
