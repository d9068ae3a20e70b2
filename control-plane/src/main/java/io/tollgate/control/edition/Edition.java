package io.tollgate.control.edition;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/// What can be bought. Prices are cents of a US dollar.
///
/// @param basePrice a month
/// @param includedEvents of a period, which the base price covers
/// @param overageRate for 1,000 events beyond them
/// @param price at the provider; absent: it cannot be bought there
public record Edition(
        String id,
        String name,
        String description,
        long basePrice,
        long includedEvents,
        BigDecimal overageRate,
        List<String> features,
        Optional<String> price,
        boolean active) {
    public Edition {
        features = List.copyOf(features);
    }
}
