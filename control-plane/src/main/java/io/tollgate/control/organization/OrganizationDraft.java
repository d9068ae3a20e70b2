package io.tollgate.control.organization;

import java.time.ZoneId;
import java.util.Currency;

/// What is asked for when an organization is made; valid once it exists.
///
/// @param name display name, 1 to 200 characters
/// @param email address of the people responsible; only its shape is checked
public record OrganizationDraft(String name, String email, ZoneId timeZone, Currency currency, Mode mode) {
    /// Longest name in characters.
    public static final int NAME_LENGTH_MAX = 200;

    /// Longest address in characters (RFC 5321, 4.5.3.1.3, without the brackets).
    public static final int EMAIL_LENGTH_MAX = 254;

    public OrganizationDraft {
        requireName(name);
        requireEmail(email);
    }

    /// @throws IllegalArgumentException saying what a name must be
    public static void requireName(String name) {
        if (name.isBlank() || name.length() > NAME_LENGTH_MAX || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "must have 1 to " + NAME_LENGTH_MAX + " characters and no control characters");
        }
    }

    /// @throws IllegalArgumentException saying what an address must be
    public static void requireEmail(String email) {
        int at = email.lastIndexOf('@');
        boolean plain = email.chars().noneMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c));
        if (at < 1 || at == email.length() - 1 || email.length() > EMAIL_LENGTH_MAX || !plain) {
            throw new IllegalArgumentException(
                    "must be an e-mail address of at most " + EMAIL_LENGTH_MAX + " characters");
        }
    }
}
