package io.tollgate.server.replay;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;

/// How far a replay of one file to one server got, kept in a small file so that an interrupted replay goes on where it
/// was.
/// Losing it costs nothing but time: events keep their keys.
record ReplayState(Path file) {
    /// 96 bits: no two files or targets meet by chance.
    private static final int DIGITS = 24;

    static ReplayState of(Path folder, LogFile log, String url, String key) {
        String target = LogFile.hex(LogFile.sha256().digest((url + "\n" + key).getBytes(StandardCharsets.UTF_8)));
        return new ReplayState(
                folder.resolve(log.digest().substring(0, DIGITS) + "-" + target.substring(0, DIGITS) + ".properties"));
    }

    ReplayTotals load() throws IOException {
        if (!Files.exists(file)) {
            return ReplayTotals.NONE;
        }
        Properties saved = new Properties();
        try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            saved.load(in);
        }
        try {
            return new ReplayTotals(
                    number(saved, "lines"),
                    number(saved, "accepted"),
                    number(saved, "duplicate"),
                    number(saved, "rejected"),
                    number(saved, "unreadable"));
        } catch (NumberFormatException e) {
            return ReplayTotals.NONE;
        }
    }

    void save(ReplayTotals totals) throws IOException {
        Properties saved = new Properties();
        saved.setProperty("lines", Long.toString(totals.lines()));
        saved.setProperty("accepted", Long.toString(totals.accepted()));
        saved.setProperty("duplicate", Long.toString(totals.duplicate()));
        saved.setProperty("rejected", Long.toString(totals.rejected()));
        saved.setProperty("unreadable", Long.toString(totals.unreadable()));
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (Writer out = Files.newBufferedWriter(fresh, StandardCharsets.UTF_8)) {
            saved.store(out, null);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void clear() throws IOException {
        Files.deleteIfExists(file);
    }

    private static long number(Properties saved, String name) {
        return Long.parseLong(saved.getProperty(name, "0"));
    }
}
