package io.tollgate.metering.limit;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Optional;

/// The comparison of usage so far with a limit that is a breach.
public enum LimitOperator {
    /// At or above the limit.
    GTE("gte"),
    /// Above the limit.
    GT("gt"),
    /// At or below the limit.
    LTE("lte"),
    /// Below the limit.
    LT("lt"),
    /// Exactly at the limit.
    EQ("eq");

    private final String word;

    LimitOperator(String word) {
        this.word = word;
    }

    /// Whether `usage` is a breach of `limit`. Numbers are compared by value, whatever their scale.
    public boolean breached(BigDecimal usage, BigDecimal limit) {
        int order = usage.compareTo(limit);
        return switch (this) {
            case GTE -> order >= 0;
            case GT -> order > 0;
            case LTE -> order <= 0;
            case LT -> order < 0;
            case EQ -> order == 0;
        };
    }

    /// Whether the limit is an upper bound: only then something can remain, and only then a projection makes sense.
    public boolean boundsAbove() {
        return switch (this) {
            case GTE, GT -> true;
            case LTE, LT, EQ -> false;
        };
    }

    /// As it is written in requests and answers.
    public String word() {
        return word;
    }

    /// The operator written `word`, compared exactly.
    public static Optional<LimitOperator> ofWord(String word) {
        return Arrays.stream(values())
                .filter(operator -> operator.word.equals(word))
                .findFirst();
    }
}
