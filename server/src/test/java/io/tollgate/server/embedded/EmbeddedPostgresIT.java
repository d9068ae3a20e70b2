package io.tollgate.server.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.config.PortChoice;
import io.tollgate.server.config.Setting;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class EmbeddedPostgresIT {
    @TempDir
    Path temporary;

    @Test
    void rowsSurviveARestartAndTheServerIsDurableAndAsksForAPassword() throws Exception {
        try (var folder = DataFolder.open(temporary)) {
            try (var postgres = EmbeddedPostgres.start(folder, EmbeddedServices.anyPort())) {
                try (var connection = connect(postgres)) {
                    assertThat(query(connection, "SHOW server_version")).startsWith(EmbeddedPostgres.VERSION + ".");
                    assertThat(query(connection, "SHOW fsync")).isEqualTo("on");
                    assertThat(query(connection, "SHOW synchronous_commit")).isEqualTo("on");
                    assertThat(query(connection, "SHOW full_page_writes")).isEqualTo("on");
                    assertThat(query(connection, "SHOW data_checksums")).isEqualTo("on");
                    assertThat(query(connection, "SHOW log_timezone")).isEqualTo("UTC");
                    assertThat(query(connection, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
                    assertThat(query(connection, "SELECT usesuper FROM pg_user WHERE usename = current_user"))
                            .isEqualTo("f");
                    assertThat(query(connection, "SELECT lower('GRÜSSE')")).isEqualTo("grüsse");
                    execute(connection, "CREATE TABLE kept (n int)");
                    execute(connection, "INSERT INTO kept VALUES (42)");
                }
                for (var user : new String[] {"postgres", "tollgate"}) {
                    assertThatThrownBy(() -> DriverManager.getConnection(postgres.jdbcUrl(), user, "guess"))
                            .isInstanceOf(SQLException.class)
                            .hasMessageContaining("password authentication failed");
                }
                assertThat(postgres.running()).isTrue();
            }
            assertThat(Postmaster.of(folder.postgres())).isEmpty();
            try (var postgres = EmbeddedPostgres.start(folder, EmbeddedServices.anyPort());
                    var connection = connect(postgres)) {
                assertThat(query(connection, "SELECT n FROM kept")).isEqualTo("42");
            }
        }
    }

    @Test
    void serverLeftByKillMinusNineIsStoppedAndReplacedByOne() throws Exception {
        Postmaster leftover;
        try (var child = ChildServer.start(temporary, "postgres")) {
            var part = child.part("postgres");
            try (var connection = DriverManager.getConnection(part[0], "tollgate", part[1])) {
                execute(connection, "CREATE TABLE kept (n int)");
                execute(connection, "INSERT INTO kept VALUES (42)");
            }
            child.kill();
            leftover = Postmaster.of(temporary.toRealPath().resolve("postgres")).orElseThrow();
            assertThat(leftover.alive()).as("the trap is real").isTrue();
        }
        try (var folder = DataFolder.open(temporary);
                var postgres = EmbeddedPostgres.start(folder, EmbeddedServices.anyPort());
                var connection = connect(postgres)) {
            assertThat(leftover.alive()).isFalse();
            assertThat(query(connection, "SELECT n FROM kept")).isEqualTo("42");
            assertThat(postmastersOn(folder.postgres())).isEqualTo(1);
        }
        assertThat(postmastersOn(temporary.toRealPath().resolve("postgres"))).isZero();
    }

    @Test
    void pidFileThatNamesAStrangerIsIgnoredAndTheStrangerLives() throws Exception {
        var stranger = new ProcessBuilder("sleep", "300").start();
        try (var folder = DataFolder.open(temporary)) {
            EmbeddedPostgres.start(folder, EmbeddedServices.anyPort()).close();
            Files.writeString(
                    folder.postgres().resolve(Postmaster.PID_FILE),
                    stranger.pid() + "\n" + folder.postgres() + "\n0\n5432\n\n127.0.0.1\n");

            try (var postgres = EmbeddedPostgres.start(folder, EmbeddedServices.anyPort())) {
                assertThat(postgres.running()).isTrue();
            }
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void startKilledWhileMakingTheDatabaseLeavesNothingInTheWay() throws Exception {
        try (var folder = DataFolder.open(temporary)) {
            Files.createDirectories(folder.path().resolve("postgres-drafts/1/base"));
            Files.writeString(folder.path().resolve("postgres-drafts/1/PG_VERSION"), "17\n");

            try (var postgres = EmbeddedPostgres.start(folder, EmbeddedServices.anyPort());
                    var connection = connect(postgres)) {
                assertThat(query(connection, "SELECT 1")).isEqualTo("1");
            }
            assertThat(folder.path().resolve("postgres-drafts")).doesNotExist();
        }
    }

    @Test
    void databaseOfAnotherVersionIsRefusedAndLeftAlone() throws Exception {
        try (var folder = DataFolder.open(temporary)) {
            Files.createDirectories(folder.postgres());
            Files.writeString(folder.postgres().resolve("PG_VERSION"), "15\n");

            assertThatThrownBy(() -> EmbeddedPostgres.start(folder, EmbeddedServices.anyPort()))
                    .isInstanceOf(CannotStartException.class)
                    .hasMessageContaining("was made by PostgreSQL 15");
            assertThat(folder.postgres().resolve("PG_VERSION")).hasContent("15");
        }
    }

    @Test
    void portThatWasAskedForAndIsTakenStopsTheStart() throws Exception {
        try (var folder = DataFolder.open(temporary);
                var taker = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var choice = new PortChoice(Setting.TOLLGATE_POSTGRES_PORT, taker.getLocalPort(), true);

            assertThatThrownBy(() -> EmbeddedPostgres.start(folder, choice))
                    .isInstanceOf(CannotStartException.class)
                    .hasMessageContaining("TOLLGATE_POSTGRES_PORT");
            assertThat(Postmaster.of(folder.postgres())).isEmpty();
        }
    }

    private static long postmastersOn(Path database) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains("-D " + database))
                .count();
    }

    private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
        return DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
    }

    private static String query(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
