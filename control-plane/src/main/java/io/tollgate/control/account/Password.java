package io.tollgate.control.account;

/// A password as somebody typed it. Never stored, never logged.
public final class Password {
    public static final int LENGTH_MIN = 8;

    /// Enough for a sentence; bounds what is hashed.
    public static final int LENGTH_MAX = 128;

    private final String text;

    private Password(String text) {
        this.text = text;
    }

    /// A password that is to be used from now on.
    ///
    /// @throws IllegalArgumentException saying what a password must be
    public static Password chosen(String text) {
        if (text.length() < LENGTH_MIN || text.length() > LENGTH_MAX) {
            throw new IllegalArgumentException("must have " + LENGTH_MIN + " to " + LENGTH_MAX + " characters");
        }
        return new Password(text);
    }

    /// A password that may be somebody's: which ones are none is told by comparing.
    ///
    /// @throws IllegalArgumentException for what is too long to be looked at
    public static Password typed(String text) {
        if (text.length() > LENGTH_MAX) {
            throw new IllegalArgumentException("must have at most " + LENGTH_MAX + " characters");
        }
        return new Password(text);
    }

    public String reveal() {
        return text;
    }

    @Override
    public String toString() {
        return "(secret)";
    }
}
