package io.tollgate.control.simulation;

import io.tollgate.metering.rating.PriceVersion;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Prices that might have been: they stand in place of all that are in force for the meters that they name.
///
/// @param name chosen by whoever asks, to tell it apart
public record Candidate(String name, List<PriceVersion> prices) {
    public Candidate {
        prices = List.copyOf(prices);
    }

    Set<String> meters() {
        return prices.stream().map(PriceVersion::meter).collect(Collectors.toSet());
    }
}
