package io.tollgate.control.organization;

import java.util.Locale;

/// Whether an organization is in earnest.
public enum Mode {
    LIVE,
    /// Tried out, never billed.
    TEST;

    /// The word that stands for it on the wire and in the database.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException for any other word than `live` and `test`
    public static Mode ofWord(String word) {
        return switch (word) {
            case "live" -> LIVE;
            case "test" -> TEST;
            default -> throw new IllegalArgumentException("must be live or test");
        };
    }
}
