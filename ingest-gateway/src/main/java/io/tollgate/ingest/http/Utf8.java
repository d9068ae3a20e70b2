package io.tollgate.ingest.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Tells whether bytes are UTF-8 (RFC 3629). The JSON reader lets overlong forms, encoded surrogates and UTF-16 pass,
/// and
/// two spellings of one text would be two payloads; so bodies are looked at once before they are read.
final class Utf8 {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long NON_ASCII = 0x8080808080808080L;

    private Utf8() {}

    static boolean isValid(byte[] bytes) {
        int at = 0;
        while (at < bytes.length) {
            while (at <= bytes.length - Long.BYTES && ((long) LONG.get(bytes, at) & NON_ASCII) == 0) {
                at += Long.BYTES;
            }
            if (at == bytes.length) {
                return true;
            }
            int length = sequenceLength(bytes, at);
            if (length == 0) {
                return false;
            }
            at += length;
        }
        return true;
    }

    /// Length in bytes of the well-formed character at `at`, 0 if there is none (Unicode 16, table 3-7).
    private static int sequenceLength(byte[] bytes, int at) {
        int lead = bytes[at] & 0xff;
        if (lead < 0x80) {
            return 1;
        }
        if (lead < 0xc2 || lead > 0xf4) {
            return 0;
        }
        int length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (at + length > bytes.length) {
            return 0;
        }
        int second = bytes[at + 1] & 0xff;
        int low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (second < low || second > high) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if ((bytes[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return length;
    }
}
