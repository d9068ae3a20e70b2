package io.tollgate.server;

import io.tollgate.server.cli.TollgateCommand;
import java.util.Locale;

/// Entry point of the program.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        // Nothing here depends on where it runs; Kafka's broker does not even start under some locales.
        Locale.setDefault(Locale.ROOT);
        int exitCode = TollgateCommand.FAILED;
        try {
            exitCode = TollgateCommand.execute(arguments);
        } finally {
            // Also after an error: threads of half-started parts must not keep the process.
            System.exit(exitCode);
        }
    }
}
