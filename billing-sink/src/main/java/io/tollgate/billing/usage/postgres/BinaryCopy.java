package io.tollgate.billing.usage.postgres;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.util.ByteConverter;

/// Rows in PostgreSQL's binary COPY format (PostgreSQL manual, COPY, "Binary Format"), built in memory and sent at
/// once.
/// Binary, because its values need no escaping and the server no parsing. Not thread-safe.
final class BinaryCopy {
    private static final byte[] SIGNATURE = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0};
    private static final int HEADER_BYTES = SIGNATURE.length + 8;
    private static final int SEND_BYTES = 256 << 10;

    /// PostgreSQL counts microseconds from 2000-01-01T00:00:00Z.
    private static final long EPOCH_SECONDS = 946_684_800L;

    private static final byte JSONB_VERSION = 1;

    private byte[] buffer;
    private int size;

    /// @param bytesExpected size at which the buffer starts; it grows as needed
    BinaryCopy(int bytesExpected) {
        buffer = new byte[Math.max(bytesExpected, HEADER_BYTES + 2)];
        System.arraycopy(SIGNATURE, 0, buffer, 0, SIGNATURE.length);
        size = HEADER_BYTES;
    }

    void row(int columns) {
        reserve(2);
        ByteConverter.int2(buffer, size, columns);
        size += 2;
    }

    /// Text without U+0000, which PostgreSQL cannot hold: U+FFFD stands for it.
    void text(String text) {
        bytes((text.indexOf('\0') < 0 ? text : text.replace('\0', '\uFFFD')).getBytes(StandardCharsets.UTF_8));
    }

    void text(Optional<String> text) {
        text.ifPresentOrElse(this::text, this::nothing);
    }

    /// Text that the caller knows to be JSON that PostgreSQL can hold.
    void jsonb(Optional<String> json) {
        if (json.isEmpty()) {
            nothing();
            return;
        }
        byte[] text = json.get().getBytes(StandardCharsets.UTF_8);
        reserve(5 + text.length);
        ByteConverter.int4(buffer, size, text.length + 1);
        buffer[size + 4] = JSONB_VERSION;
        System.arraycopy(text, 0, buffer, size + 5, text.length);
        size += 5 + text.length;
    }

    void int4(int value) {
        reserve(8);
        ByteConverter.int4(buffer, size, 4);
        ByteConverter.int4(buffer, size + 4, value);
        size += 8;
    }

    void int8(long value) {
        reserve(12);
        ByteConverter.int4(buffer, size, 8);
        ByteConverter.int8(buffer, size + 4, value);
        size += 12;
    }

    void time(Instant instant) {
        int8(Math.addExact(
                Math.multiplyExact(instant.getEpochSecond() - EPOCH_SECONDS, 1_000_000L), instant.getNano() / 1_000));
    }

    void numeric(BigDecimal value) {
        bytes(ByteConverter.numeric(value));
    }

    void numeric(Optional<BigDecimal> value) {
        value.ifPresentOrElse(this::numeric, this::nothing);
    }

    void bytes(byte[] value) {
        reserve(4 + value.length);
        ByteConverter.int4(buffer, size, value.length);
        System.arraycopy(value, 0, buffer, size + 4, value.length);
        size += 4 + value.length;
    }

    private void nothing() {
        reserve(4);
        ByteConverter.int4(buffer, size, -1);
        size += 4;
    }

    /// Sends the rows with the statement `COPY … FROM STDIN (FORMAT binary)`. The rows stay and can be sent again.
    void send(Connection connection, String sql) throws SQLException {
        reserve(2);
        ByteConverter.int2(buffer, size, -1);
        CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql);
        try {
            int end = size + 2;
            for (int from = 0; from < end; from += SEND_BYTES) {
                copy.writeToCopy(buffer, from, Math.min(SEND_BYTES, end - from));
            }
            copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    private void reserve(int bytes) {
        // Two bytes more, so that the end mark always fits.
        if (size + bytes + 2 > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + bytes + 2));
        }
    }
}
