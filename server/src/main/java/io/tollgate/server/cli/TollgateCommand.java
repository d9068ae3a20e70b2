package io.tollgate.server.cli;

import io.tollgate.server.config.CannotStartException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `tollgate`: usage metering, quota enforcement and billing on Kafka.
@Command(
        name = "tollgate",
        mixinStandardHelpOptions = true,
        versionProvider = TollgateCommand.Version.class,
        description = "Usage metering, quota enforcement and billing on Kafka.",
        subcommands = {
            UpCommand.class,
            DemoCommand.class,
            ReplayCommand.class,
            ReceiptsCommand.class,
            AuditCommand.class
        },
        footer = {
            "",
            "Settings are environment variables; docs/configuration.md lists them all.",
            "Measurements: tollgate bench --help"
        })
public final class TollgateCommand implements Runnable {
    /// Exit code of a command that could not do what it was asked.
    public static final int FAILED = 1;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /// Runs the command line and answers the exit code: 0 done, 1 could not be done, 2 wrong arguments.
    public static int execute(String[] arguments) {
        return line().execute(arguments);
    }

    static CommandLine line() {
        return new CommandLine(new TollgateCommand()).setExecutionExceptionHandler((failure, commandLine, parsed) -> {
            if (failure instanceof CannotStartException || failure instanceof CommandFailure) {
                commandLine.getErr().println("tollgate: " + failure.getMessage());
                return FAILED;
            }
            throw failure;
        });
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say what to do, for example: tollgate up");
    }

    /// Version as the build wrote it into the jar.
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = TollgateCommand.class.getPackage().getImplementationVersion();
            return new String[] {"tollgate " + (version == null ? "(not packaged)" : version)};
        }
    }
}
