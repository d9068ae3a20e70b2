package io.tollgate.server.runtime;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.config.DatabaseUrl;
import java.time.Duration;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.jdbi.v3.sqlobject.SqlObjectPlugin;

/// The connection pool of this instance, on a database whose tables are those of this release.
final class Database implements AutoCloseable {
    /// Requests, the outbox and the sink's consumers together; PostgreSQL takes 100 by default, shared by all
    /// instances.
    private static final int CONNECTIONS_MAX = 16;
    /// A caller waits no longer for a connection before it is told that the store is down.
    private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(2);
    /// A connection that has rested is asked first whether it is alive; one that does not answer costs its caller this
    /// much of the time above.
    private static final Duration VALIDATION_TIMEOUT = Duration.ofSeconds(1);
    /// A database that hangs is given up after this; the sink tries the batch again, a request is told.
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(30);

    private final HikariDataSource dataSource;
    private final Jdbi jdbi;

    private Database(HikariDataSource dataSource) {
        this.dataSource = dataSource;
        this.jdbi = Jdbi.create(dataSource).installPlugin(new PostgresPlugin()).installPlugin(new SqlObjectPlugin());
        // What failed is logged, and shown by the health of sinks: whose data it was about is nobody's business there.
        jdbi.getConfig(StatementExceptions.class).setMessageRendering(StatementExceptions.MessageRendering.NONE);
    }

    static Database open(DatabaseUrl url, MeterRegistry metrics) {
        migrate(url);
        HikariConfig config = new HikariConfig();
        config.setPoolName("tollgate");
        config.setJdbcUrl(url.jdbcUrl());
        config.setUsername(url.user());
        config.setPassword(url.password());
        config.setMaximumPoolSize(CONNECTIONS_MAX);
        config.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
        config.setValidationTimeout(VALIDATION_TIMEOUT.toMillis());
        config.addDataSourceProperty("socketTimeout", Long.toString(SOCKET_TIMEOUT.toSeconds()));
        config.addDataSourceProperty("connectTimeout", Long.toString(CONNECTION_TIMEOUT.toSeconds()));
        config.addDataSourceProperty("tcpKeepAlive", "true");
        config.addDataSourceProperty("logServerErrorDetail", "false");
        // The driver would hand on the zone of this machine, and dates in SQL would follow it.
        config.addDataSourceProperty("options", "-c TimeZone=UTC");
        config.setMetricRegistry(metrics);
        return new Database(new HikariDataSource(config));
    }

    private static void migrate(DatabaseUrl url) {
        try {
            Flyway.configure()
                    .dataSource(url.jdbcUrl(), url.user(), url.password())
                    .locations("classpath:db/migration")
                    .validateMigrationNaming(true)
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw new CannotStartException(
                    "The database at " + url.jdbcUrl() + " cannot be brought to this release: "
                            + firstLine(String.valueOf(e.getMessage())),
                    e);
        }
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("unknown cause");
    }

    HikariDataSource dataSource() {
        return dataSource;
    }

    Jdbi jdbi() {
        return jdbi;
    }

    @Override
    public void close() {
        dataSource.close();
    }
}
