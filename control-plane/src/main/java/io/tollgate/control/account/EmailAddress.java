package io.tollgate.control.account;

import java.util.Locale;
import java.util.regex.Pattern;

/// An e-mail address, in lower case: in that form addresses are compared. Only its shape is checked.
public record EmailAddress(String value) {
    /// Longest address in characters (RFC 5321, 4.5.3.1.3, without the brackets).
    public static final int LENGTH_MAX = 254;

    /// No quoted local parts, comments or lists: each would mean something else to a mail program than to a reader.
    private static final Pattern FORM =
            Pattern.compile("[^\\s\\p{Cntrl}<>()\\[\\],;:\\\\\"@]+@[^\\s\\p{Cntrl}<>()\\[\\],;:\\\\\"@]+");

    /// @throws IllegalArgumentException saying what an address must be
    public EmailAddress {
        if (value.length() > LENGTH_MAX || !FORM.matcher(value).matches() || !value.equals(lower(value))) {
            throw new IllegalArgumentException("must be an e-mail address of at most " + LENGTH_MAX + " characters");
        }
    }

    /// The address that somebody wrote.
    ///
    /// @throws IllegalArgumentException saying what an address must be
    public static EmailAddress of(String text) {
        return new EmailAddress(lower(text));
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return value;
    }
}
