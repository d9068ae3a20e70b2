package io.tollgate.metering.limit;

import java.util.Arrays;
import java.util.Optional;

/// When the value of a metric goes back to its initial one.
public enum MetricType {
    /// With each of its windows.
    RESET("reset"),
    /// Never.
    CHECKPOINT("checkpoint"),
    /// When the billing cycle is closed.
    STRIPE_BILLING("stripe_billing");

    private final String word;

    MetricType(String word) {
        this.word = word;
    }

    /// As it is written in requests and answers.
    public String word() {
        return word;
    }

    /// The type written `word`, compared exactly.
    public static Optional<MetricType> ofWord(String word) {
        return Arrays.stream(values()).filter(type -> type.word.equals(word)).findFirst();
    }
}
