package io.tollgate.contract;

import java.util.Arrays;

/// Crockford's base 32 in lower case (crockford.com/base32.html): 128 bits as 26 digits, most significant first, the
/// first
/// digit holding the 3 top bits.
final class CrockfordBase32 {
    static final int DIGITS = 26;
    private static final byte[] ALPHABET =
            "0123456789abcdefghjkmnpqrstvwxyz".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final byte[] VALUES = new byte[128];

    static {
        Arrays.fill(VALUES, (byte) -1);
        for (byte i = 0; i < ALPHABET.length; i++) {
            VALUES[ALPHABET[i]] = i;
        }
    }

    private CrockfordBase32() {}

    /// Writes the 26 digits of the 128-bit number `high:low` into `target` from `at`.
    static void encode(long high, long low, byte[] target, int at) {
        long h = high;
        long l = low;
        for (int i = DIGITS - 1; i >= 0; i--) {
            target[at + i] = ALPHABET[(int) (l & 31)];
            l = (l >>> 5) | (h << 59);
            h >>>= 5;
        }
    }

    /// The 128-bit number of the 26 digits of `text` from `at`, as 16 big-endian bytes.
    static byte[] decode(String text, int at) {
        if (text.length() != at + DIGITS) {
            throw new IllegalArgumentException("expected " + DIGITS + " base32 digits in " + text);
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < DIGITS; i++) {
            char c = text.charAt(at + i);
            int value = c < 128 ? VALUES[c] : -1;
            if (value < 0 || (i == 0 && value > 7)) {
                throw new IllegalArgumentException("not a base32 id: " + text);
            }
            high = (high << 5) | (low >>> 59);
            low = (low << 5) | value;
        }
        return java.nio.ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    }
}
