package io.tollgate.control.account;

import io.tollgate.contract.UserId;
import java.time.Instant;
import java.util.Optional;

/// A person who signs in.
///
/// @param image address of a picture
/// @param emailVerified whether the address was shown to be theirs
public record User(
        UserId id,
        EmailAddress email,
        String name,
        Optional<String> image,
        boolean emailVerified,
        Instant createdAt,
        Instant updatedAt) {
    /// Longest name in characters.
    public static final int NAME_LENGTH_MAX = 200;

    /// @throws IllegalArgumentException saying what a name must be
    public static String requireName(String name) {
        if (name.isBlank() || name.length() > NAME_LENGTH_MAX || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "must have 1 to " + NAME_LENGTH_MAX + " characters and no control characters");
        }
        return name;
    }
}
