package io.tollgate.billing.delivery;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// How far a delivery is.
public enum DeliveryStatus {
    /// Not tried yet.
    PENDING,
    DELIVERED,
    /// Tried in vain, and tried again.
    FAILED,
    /// Given up.
    DEAD;

    /// As it is written in answers and in the database.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<DeliveryStatus> ofWord(String word) {
        return Arrays.stream(values())
                .filter(status -> status.word().equals(word))
                .findFirst();
    }
}
