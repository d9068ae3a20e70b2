package io.tollgate.contract;

/// Checks that the names given from outside have in common.
final class Text {
    private Text() {}

    /// Answers `value` if it has 1 to `maxLength` characters and no control characters.
    static String named(String what, String value, int maxLength) {
        if (value.isEmpty() || value.length() > maxLength) {
            throw new IllegalArgumentException(what + " must have 1 to " + maxLength + " characters");
        }
        for (int i = 0; i < value.length(); i++) {
            if (Character.isISOControl(value.charAt(i))) {
                throw new IllegalArgumentException(what + " must not contain control characters");
            }
        }
        return value;
    }
}
