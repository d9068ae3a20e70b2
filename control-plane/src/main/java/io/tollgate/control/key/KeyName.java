package io.tollgate.control.key;

/// The name of a key, unique among the active keys of an organization and type.
public record KeyName(String value) {
    /// Longest name in characters.
    public static final int LENGTH_MAX = 50;

    /// @throws IllegalArgumentException saying what a name must be
    public KeyName {
        if (value.isBlank() || value.length() > LENGTH_MAX || value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "must have 1 to " + LENGTH_MAX + " characters and no control characters");
        }
    }
}
