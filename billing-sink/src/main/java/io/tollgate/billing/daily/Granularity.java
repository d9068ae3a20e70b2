package io.tollgate.billing.daily;

import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// How long the periods are that snapshots are added up by.
public enum Granularity {
    DAY,
    MONTH;

    /// As it is written in requests, and in SQL.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Granularity> ofWord(String word) {
        return Arrays.stream(values()).filter(one -> one.word().equals(word)).findFirst();
    }

    /// The name of the period that begins on `day`.
    public String nameOf(LocalDate day) {
        return switch (this) {
            case DAY -> day.toString();
            case MONTH -> YearMonth.from(day).toString();
        };
    }
}
