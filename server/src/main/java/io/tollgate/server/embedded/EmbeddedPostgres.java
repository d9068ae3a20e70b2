package io.tollgate.server.embedded;

import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.config.PortChoice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A real PostgreSQL as a child process, on loopback, its data under the data folder, with writes forced to disk as
/// PostgreSQL does by default. It asks every caller for a password (SCRAM), for any user of the machine can reach
/// loopback.
///
/// The server process outlives a kill -9 of this one. The next start stops it in an orderly way and starts its own.
public final class EmbeddedPostgres implements AutoCloseable {
    /// The version of the programs shipped; data of another one is refused, since PostgreSQL cannot read it.
    static final String VERSION = "17";

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);

    private static final String HOST = "127.0.0.1";
    private static final String SUPERUSER = "postgres";
    private static final String USER = "tollgate";
    private static final String DATABASE = "tollgate";

    private static final Duration INITDB_MAX = Duration.ofMinutes(2);

    /// After a crash PostgreSQL first replays its log, which is bounded by max_wal_size: a minute on a slow disk,
    /// doubled twice.
    private static final Duration START_MAX = Duration.ofMinutes(4);

    private static final Duration STOP_FAST_MAX = Duration.ofSeconds(5);
    private static final Duration STOP_IMMEDIATE_MAX = Duration.ofSeconds(2);

    /// A server left over has nobody waiting for it, so it may take its time for a checkpoint.
    private static final Duration STOP_LEFTOVER_MAX = Duration.ofSeconds(30);

    /// Beyond pg_ctl's own limit, so that it can say why.
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final Path database;
    private final Path programs;
    private final PostgresUser runAs;
    private final int port;
    private final String password;

    private EmbeddedPostgres(Path database, Path programs, PostgresUser runAs, int port, String password) {
        this.database = database;
        this.programs = programs;
        this.runAs = runAs;
        this.port = port;
        this.password = password;
    }

    /// Starts PostgreSQL on the data folder, making the database on the first start, and returns when it answers.
    /// Throws [CannotStartException] if it cannot; nothing runs then.
    public static EmbeddedPostgres start(DataFolder folder, PortChoice choice) {
        var database = folder.postgres();
        try {
            var programs = PostgresPrograms.unpacked(folder.path());
            var runAs = PostgresUser.of(database);
            runAs.admit(folder.path(), programs, database);
            stopLeftover(database, programs, runAs);
            var superuserPassword =
                    folder.secrets().obtain("postgres-superuser-password").value();
            makeDatabase(database, programs, runAs, superuserPassword);
            var port = LoopbackPort.choose(choice, "the embedded PostgreSQL");
            var postgres = new EmbeddedPostgres(
                    database,
                    programs,
                    runAs,
                    port,
                    folder.secrets().obtain("postgres-password").value());
            postgres.startServer();
            try {
                postgres.prepare(superuserPassword);
            } catch (SQLException | RuntimeException e) {
                postgres.close();
                throw e;
            }
            return postgres;
        } catch (IOException | SQLException e) {
            throw new CannotStartException(
                    "The embedded PostgreSQL on " + database + " cannot start: " + e.getMessage() + ".", e);
        }
    }

    /// Without user and password.
    public String jdbcUrl() {
        return jdbcUrl(DATABASE);
    }

    /// The owner of the database, not a superuser.
    public String user() {
        return USER;
    }

    public String password() {
        return password;
    }

    public int port() {
        return port;
    }

    /// Whether the server process is there.
    public boolean running() {
        try {
            return Postmaster.of(database).isPresent();
        } catch (IOException e) {
            return false;
        }
    }

    /// Ends all connections and stops the server: in order, or, if that takes longer than a few seconds, at once;
    /// PostgreSQL's log then recovers everything committed.
    @Override
    public void close() {
        stop(database, programs, runAs, STOP_FAST_MAX);
    }

    private static void stopLeftover(Path database, Path programs, PostgresUser runAs) throws IOException {
        var leftover = Postmaster.of(database);
        if (leftover.isPresent()) {
            LOG.info(
                    "Stopping the PostgreSQL (process {}) that an earlier run left on {}",
                    leftover.get().process().pid(),
                    database);
            stop(database, programs, runAs, STOP_LEFTOVER_MAX);
            if (leftover.get().alive()) {
                throw new CannotStartException(
                        "The PostgreSQL that an earlier run left on " + database + " does not stop: end process "
                                + leftover.get().process().pid() + " and start again.");
            }
        }
        // What is left of the file names a process that is not a PostgreSQL on this folder. PostgreSQL itself would
        // take any living process of that number for one and refuse to start.
        Files.deleteIfExists(database.resolve(Postmaster.PID_FILE));
    }

    private static void stop(Path database, Path programs, PostgresUser runAs, Duration max) {
        try {
            if (Postmaster.of(database).isEmpty()) {
                return;
            }
            var fast = pgCtl(database, programs, runAs, max, "stop", "-m", "fast");
            if (!fast.succeeded() && Postmaster.of(database).isPresent()) {
                LOG.warn("PostgreSQL did not stop within {}, so it is stopped at once: {}", max, fast.output());
                pgCtl(database, programs, runAs, STOP_IMMEDIATE_MAX, "stop", "-m", "immediate");
            }
        } catch (IOException e) {
            LOG.warn("PostgreSQL on {} could not be stopped", database, e);
        }
    }

    // Elsewhere first and then renamed: a start killed in between leaves no database that is half made.
    private static void makeDatabase(Path database, Path programs, PostgresUser runAs, String superuserPassword)
            throws IOException {
        var version = database.resolve("PG_VERSION");
        if (Files.exists(version)) {
            var found = Files.readString(version, StandardCharsets.UTF_8).strip();
            if (!found.equals(VERSION)) {
                throw new CannotStartException("The database in " + database + " was made by PostgreSQL " + found
                        + ", and this Tollgate embeds " + VERSION
                        + ": move it with pg_dump, or start the Tollgate it was made with.");
            }
            return;
        }
        LOG.info("Making a PostgreSQL database in {}", database);
        var drafts = database.resolveSibling("postgres-drafts");
        Folders.delete(drafts);
        // A name of its own per start: the initdb of a start that was killed may still be writing to the last one.
        var draft = drafts.resolve(Long.toString(ProcessHandle.current().pid()));
        Files.createDirectories(draft);
        var passwordFile = drafts.resolve("password");
        Files.createFile(
                passwordFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passwordFile, superuserPassword + "\n");
        runAs.give(drafts);
        var made = Commands.run(
                runAs.command(List.of(
                        programs.resolve("bin/initdb").toString(),
                        "--pgdata=" + draft,
                        "--username=" + SUPERUSER,
                        "--pwfile=" + passwordFile,
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale=C",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        "--data-checksums")),
                INITDB_MAX);
        if (!made.succeeded()) {
            throw new CannotStartException("The embedded PostgreSQL cannot make its database in " + database + ": "
                    + lastLine(made.output()) + ".");
        }
        Files.move(draft, database, StandardCopyOption.ATOMIC_MOVE);
        Folders.delete(drafts);
    }

    private void startServer() throws IOException {
        var log = database.resolve("start.log");
        Files.deleteIfExists(log);
        var started = pgCtl(database, programs, runAs, START_MAX, "start", "-l", log.toString(), "-o", options());
        if (!started.succeeded()) {
            stop(database, programs, runAs, STOP_FAST_MAX);
            var reason = Files.exists(log)
                    ? reason(Files.readString(log, StandardCharsets.UTF_8))
                    : lastLine(started.output());
            throw new CannotStartException("The embedded PostgreSQL on " + database + " cannot start: " + reason + ".");
        }
    }

    private String options() {
        var options = new ArrayList<String>();
        for (var option : List.of(
                "listen_addresses=" + HOST,
                "port=" + port,
                // Loopback is the only way in: socket paths are limited to about 100 characters, data folders are
                // not.
                "unix_socket_directories=",
                "fsync=on",
                "synchronous_commit=on",
                "max_connections=100",
                "shared_buffers=128MB",
                "max_wal_size=1GB",
                "timezone=UTC",
                "log_timezone=UTC",
                // A week of logs in the database's own folder, each day over that of a week before.
                "logging_collector=on",
                "log_directory=log",
                "log_filename=postgresql-%a.log",
                "log_truncate_on_rotation=on",
                "log_rotation_age=1d",
                "log_rotation_size=0")) {
            options.add("-c " + option);
        }
        return String.join(" ", options);
    }

    // Each statement may find its work done by an earlier start.
    private void prepare(String superuserPassword) throws SQLException {
        try (var connection = DriverManager.getConnection(jdbcUrl("postgres"), SUPERUSER, superuserPassword)) {
            if (!exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = ?", USER)) {
                execute(connection, "CREATE ROLE " + USER + " LOGIN");
            }
            // The password is of hexadecimal digits, so it needs no quoting; set each time, should its file have been
            // replaced.
            execute(connection, "ALTER ROLE " + USER + " PASSWORD '" + password.replace("'", "''") + "'");
            if (!exists(connection, "SELECT 1 FROM pg_database WHERE datname = ?", DATABASE)) {
                execute(connection, "CREATE DATABASE " + DATABASE + " OWNER " + USER);
            }
        }
    }

    private static boolean exists(Connection connection, String query, String name) throws SQLException {
        try (var statement = connection.prepareStatement(query)) {
            statement.setString(1, name);
            try (var rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String jdbcUrl(String name) {
        return "jdbc:postgresql://" + HOST + ":" + port + "/" + name;
    }

    private static Commands.Ended pgCtl(
            Path database, Path programs, PostgresUser runAs, Duration max, String... arguments) {
        var command = new ArrayList<String>();
        command.add(programs.resolve("bin/pg_ctl").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-w", "-t", Long.toString(max.toSeconds()), "-D", database.toString()));
        return Commands.run(runAs.command(command), max.plus(GRACE));
    }

    // PostgreSQL says what is wrong in a line marked FATAL or PANIC; what follows is consequence.
    private static String reason(String log) {
        return log.lines()
                .filter(line -> line.contains("FATAL:") || line.contains("PANIC:") || line.contains("error"))
                .reduce((first, second) -> first)
                .orElseGet(() -> lastLine(log));
    }

    private static String lastLine(String text) {
        return text.lines()
                .filter(line -> !line.isBlank())
                .reduce((first, second) -> second)
                .orElse("no reason given");
    }
}
