package io.tollgate.server.cli;

import io.tollgate.billing.audit.AuditBundle;
import io.tollgate.billing.audit.BookAudit;
import io.tollgate.billing.audit.Finding;
import io.tollgate.billing.audit.kafka.KafkaCountedLog;
import io.tollgate.billing.audit.postgres.PostgresBooks;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.wire.HttpSchemaRegistry;
import io.tollgate.contract.wire.RegistryUnavailableException;
import io.tollgate.server.config.DatabaseUrl;
import io.tollgate.server.config.Settings;
import io.tollgate.server.embedded.RunningInstance;
import io.tollgate.server.logging.Logging;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tollgate audit`: recalculates finalized invoices from the log and from PostgreSQL.
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = {
            "Recalculate finalized invoices from the log, and independently from PostgreSQL: events, proof, quantities, sums.",
            "Writes nothing, and needs no running server: the log and PostgreSQL only, or a bundle of them.",
            "Exits 1 if something does not balance, and says what."
        })
final class AuditCommand implements Callable<Integer> {
    private static final String INSTEAD = "--kafka, --registry and --database";

    /// Findings that are printed; the rest is counted.
    private static final int SHOWN = 100;

    @Option(names = "--organization", paramLabel = "ID", description = "Invoices of this organization only.")
    private @Nullable String organization;

    @Option(names = "--invoice", paramLabel = "NUMBER", description = "This invoice only, such as INV-ACME-000001.")
    private @Nullable String number;

    @Mixin
    private final LogOptions log = new LogOptions();

    @Option(
            names = "--database",
            paramLabel = "URL",
            description = "postgresql://user:password@host:port/name (default: DATABASE_URL, else as for --kafka).")
    private @Nullable String database;

    @Option(
            names = "--export",
            paramLabel = "FILE",
            description = "Also write the audited invoices with their events to a bundle, to be audited elsewhere.")
    private @Nullable Path export;

    @Option(names = "--bundle", paramLabel = "FILE", description = "Audit a bundle, without log and PostgreSQL.")
    private @Nullable Path bundle;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        Settings settings = Settings.load();
        // The table is all there is to say; Kafka's client would tell the story of its connection.
        Logging.apply(settings.logFormat(), "error");
        BookAudit.Report report = bundle == null ? ofBooks(settings) : ofBundle(bundle);
        PrintWriter out = spec.commandLine().getOut();
        report.findings().stream().limit(SHOWN).map(Finding::toString).forEach(out::println);
        if (report.findings().size() > SHOWN) {
            out.printf(Locale.ROOT, "and %,d more%n", report.findings().size() - SHOWN);
        }
        out.printf(
                Locale.ROOT,
                "%,d invoices with %,d events: %s%n",
                report.invoices(),
                report.events(),
                report.findings().isEmpty()
                        ? "everything balances."
                        : String.format(
                                Locale.ROOT, "%,d findings.", report.findings().size()));
        out.flush();
        return report.findings().isEmpty() ? 0 : TollgateCommand.FAILED;
    }

    private static BookAudit.Report ofBundle(Path file) {
        try {
            return AuditBundle.audit(file);
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandFailure(file + " cannot be audited: " + e.getMessage() + ".");
        }
    }

    private BookAudit.Report ofBooks(Settings settings) {
        Optional<RunningInstance> running = RunningInstance.read(settings.data());
        String servers = log.servers(settings, running, INSTEAD);
        String schemas = log.schemas(settings, running, INSTEAD);
        DatabaseUrl url = Optional.ofNullable(database)
                .map(AuditCommand::databaseUrl)
                .or(settings::databaseUrl)
                .or(() -> running.flatMap(RunningInstance::database).map(DatabaseUrl::parse))
                .orElseThrow(() -> LogOptions.nobodyRuns(INSTEAD));
        // One connection for all: signing in once for each invoice would take most of the time.
        try (Connection connection = DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password())) {
            Jdbi jdbi = Jdbi.create(connection).installPlugin(new PostgresPlugin());
            BookAudit audit = new BookAudit(
                    new PostgresBooks(jdbi), new KafkaCountedLog(servers, new HttpSchemaRegistry(schemas)));
            return run(audit);
        } catch (KafkaException e) {
            throw new CommandFailure("the log at " + servers + " cannot be read: " + e.getMessage() + ".");
        } catch (RegistryUnavailableException e) {
            throw new CommandFailure(e.getMessage() + "; check --registry.");
        } catch (JdbiException | SQLException e) {
            throw new CommandFailure("PostgreSQL at " + url.jdbcUrl() + " cannot be read; check --database.");
        } catch (IllegalStateException e) {
            throw new CommandFailure(e.getMessage() + ".");
        } catch (IOException | UncheckedIOException e) {
            throw new CommandFailure(export + " cannot be written: " + e.getMessage() + ".");
        }
    }

    private BookAudit.Report run(BookAudit audit) throws IOException {
        Optional<OrganizationId> only = Optional.ofNullable(organization).map(OrganizationId::new);
        if (export == null) {
            return audit.run(only, Optional.ofNullable(number), (invoice, leaves) -> {});
        }
        try (AuditBundle written = new AuditBundle(export)) {
            return audit.run(only, Optional.ofNullable(number), written);
        }
    }

    private static DatabaseUrl databaseUrl(String text) {
        try {
            return DatabaseUrl.parse(text);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("--database " + e.getMessage() + ".");
        }
    }
}
