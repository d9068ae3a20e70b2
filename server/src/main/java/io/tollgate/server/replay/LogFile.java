package io.tollgate.server.replay;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Stream;

/// A log file to replay, known by its content: the same content under another name is the same file.
///
/// @param digest SHA-256 of the content, hex
/// @param lines number of lines
record LogFile(Path path, String digest, long lines) {
    private static final int BUFFER_BYTES = 1 << 16;

    static LogFile open(Path path) throws IOException {
        MessageDigest digest = sha256();
        long lines = 0;
        byte last = '\n';
        try (InputStream in = new DigestInputStream(Files.newInputStream(path), digest)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    if (buffer[i] == '\n') {
                        lines++;
                    }
                    last = buffer[i];
                }
            }
        }
        return new LogFile(path, hex(digest.digest()), last == '\n' ? lines : lines + 1);
    }

    /// The lines in order. Bytes that are not UTF-8 stay distinct characters, as logs mix encodings.
    Stream<String> read() {
        try {
            return Files.lines(path, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What names the line's events, so that sending it again is recognised: content and line number, since equal lines
    /// of
    /// one file are different requests.
    String keyOf(long lineNumber, String meter) {
        return digest.substring(0, 24) + ":" + lineNumber + ":" + meter;
    }

    static String hex(byte[] digest) {
        return HexFormat.of().formatHex(digest);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
