package io.tollgate.control.account.argon2;

import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An Argon2id hash with what it was made with, in the PHC string format: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
///
/// @param memoryKib memory that it took
record PhcHash(int memoryKib, int iterations, int parallelism, byte[] salt, byte[] hash) {
    private static final Pattern FORM = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{16,86})");

    private static final Base64.Encoder ENCODER = Base64.getEncoder().withoutPadding();

    /// @throws IllegalArgumentException if it is no such hash
    static PhcHash parse(String text) {
        Matcher match = FORM.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("a stored hash of a password is none of Argon2id");
        }
        return new PhcHash(
                Integer.parseInt(match.group(1)),
                Integer.parseInt(match.group(2)),
                Integer.parseInt(match.group(3)),
                Base64.getDecoder().decode(match.group(4)),
                Base64.getDecoder().decode(match.group(5)));
    }

    PhcHash with(byte[] made) {
        return new PhcHash(memoryKib, iterations, parallelism, salt, made);
    }

    String text() {
        return "$argon2id$v=19$m=" + memoryKib + ",t=" + iterations + ",p=" + parallelism + "$"
                + ENCODER.encodeToString(salt) + "$" + ENCODER.encodeToString(hash);
    }

    @Override
    public String toString() {
        return "(secret)";
    }
}
