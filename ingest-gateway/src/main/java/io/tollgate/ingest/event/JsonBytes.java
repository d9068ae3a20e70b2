package io.tollgate.ingest.event;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/// UTF-8 text of JSON under construction, with strings escaped as RFC 8785 section 3.2.2.2 has it. Not thread-safe.
public final class JsonBytes {
    private static final int INITIAL_BYTES = 512;

    /// A control character becomes a backslash, `u` and four digits.
    private static final int BYTES_PER_CHAR_MAX = 6;

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int length;

    public int length() {
        return length;
    }

    public void clear() {
        length = 0;
    }

    public void raw(char ascii) {
        reserve(1);
        bytes[length++] = (byte) ascii;
    }

    /// Appends characters of ASCII only.
    @SuppressWarnings("deprecation") // The low bytes are exactly what is wanted, and nothing copies faster.
    public void ascii(String text) {
        int count = text.length();
        reserve(count);
        text.getBytes(0, count, bytes, length);
        length += count;
    }

    void ascii(char[] text, int from, int count) {
        reserve(count);
        for (int i = 0; i < count; i++) {
            bytes[length + i] = (byte) text[from + i];
        }
        length += count;
    }

    void append(JsonBytes other) {
        reserve(other.length);
        System.arraycopy(other.bytes, 0, bytes, length, other.length);
        length += other.length;
    }

    void append(byte[] source, int from, int count) {
        reserve(count);
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    /// Appends `value` with leading zeros up to `width` digits.
    void digits(int value, int width) {
        reserve(width);
        int rest = value;
        for (int i = width - 1; i >= 0; i--) {
            bytes[length + i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += width;
    }

    /// Appends `text` in quotes. False if it holds half of a surrogate pair, which no UTF-8 can carry; what was
    /// appended
    /// is then to be thrown away.
    public boolean string(String text) {
        int count = text.length();
        reserve(BYTES_PER_CHAR_MAX * count + 2);
        byte[] out = bytes;
        int at = length;
        out[at++] = '"';
        int i = 0;
        for (; i < count; i++) {
            char c = text.charAt(i);
            if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') {
                break;
            }
            out[at++] = (byte) c;
        }
        boolean paired = true;
        for (; i < count; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                at = character(c, out, at);
            } else if (c < 0x800) {
                out[at++] = (byte) (0xc0 | c >> 6);
                out[at++] = (byte) (0x80 | c & 0x3f);
            } else if (!Character.isSurrogate(c)) {
                out[at++] = (byte) (0xe0 | c >> 12);
                out[at++] = (byte) (0x80 | c >> 6 & 0x3f);
                out[at++] = (byte) (0x80 | c & 0x3f);
            } else if (Character.isHighSurrogate(c) && i + 1 < count && Character.isLowSurrogate(text.charAt(i + 1))) {
                int codePoint = Character.toCodePoint(c, text.charAt(++i));
                out[at++] = (byte) (0xf0 | codePoint >> 18);
                out[at++] = (byte) (0x80 | codePoint >> 12 & 0x3f);
                out[at++] = (byte) (0x80 | codePoint >> 6 & 0x3f);
                out[at++] = (byte) (0x80 | codePoint & 0x3f);
            } else {
                paired = false;
            }
        }
        out[at++] = '"';
        length = at;
        return paired;
    }

    private static int character(char c, byte[] out, int from) {
        int at = from;
        if (c >= 0x20 && c != '"' && c != '\\') {
            out[at++] = (byte) c;
            return at;
        }
        out[at++] = '\\';
        switch (c) {
            case '"', '\\' -> out[at++] = (byte) c;
            case '\b' -> out[at++] = 'b';
            case '\t' -> out[at++] = 't';
            case '\n' -> out[at++] = 'n';
            case '\f' -> out[at++] = 'f';
            case '\r' -> out[at++] = 'r';
            default -> {
                out[at++] = 'u';
                out[at++] = '0';
                out[at++] = '0';
                out[at++] = HEX[c >> 4];
                out[at++] = HEX[c & 15];
            }
        }
        return at;
    }

    /// A copy of the bytes in `[from, to)`.
    public byte[] copy(int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    /// Forgets everything from `newLength` on.
    void truncate(int newLength) {
        length = newLength;
    }

    void digestInto(MessageDigest digest) {
        digest.update(bytes, 0, length);
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
