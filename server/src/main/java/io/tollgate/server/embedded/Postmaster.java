package io.tollgate.server.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A PostgreSQL server process that works on one database folder.
record Postmaster(ProcessHandle process, Path database) {
    static final String PID_FILE = "postmaster.pid";

    /// The server that runs on this folder now, if any. The process named in its pid file counts only if it really is
    /// a PostgreSQL on this folder: after a crash the number may belong to anything.
    static Optional<Postmaster> of(Path database) throws IOException {
        return pid(database)
                .flatMap(ProcessHandle::of)
                .filter(ProcessHandle::isAlive)
                .filter(process -> worksOn(process, database))
                .map(process -> new Postmaster(process, database));
    }

    /// False also for a process that has ended and whose parent has not taken note, as in containers without an init.
    boolean alive() {
        return process.isAlive() && worksOn(process, database);
    }

    private static Optional<Long> pid(Path database) throws IOException {
        try {
            var lines = Files.readAllLines(database.resolve(PID_FILE), StandardCharsets.UTF_8);
            return lines.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Math.abs(Long.parseLong(lines.getFirst().strip())));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static boolean worksOn(ProcessHandle process, Path database) {
        var words = commandLine(process);
        if (words.isEmpty() || !Path.of(words.getFirst()).endsWith("postgres")) {
            return false;
        }
        // A postmaster's working directory is its database, even if the folder was moved since.
        var proc = Path.of("/proc", Long.toString(process.pid()), "cwd");
        try {
            return Files.readSymbolicLink(proc).equals(database.toRealPath());
        } catch (IOException | UnsupportedOperationException e) {
            var option = words.indexOf("-D");
            return option >= 0
                    && option + 1 < words.size()
                    && Path.of(words.get(option + 1)).equals(database);
        }
    }

    private static List<String> commandLine(ProcessHandle process) {
        try {
            var proc = Path.of("/proc", Long.toString(process.pid()), "cmdline");
            return List.of(Files.readString(proc, StandardCharsets.UTF_8).split("\0"));
        } catch (IOException e) {
            var info = process.info();
            var words = new ArrayList<String>();
            info.command().ifPresent(words::add);
            info.arguments().ifPresent(arguments -> words.addAll(List.of(arguments)));
            return words;
        }
    }
}
