package io.tollgate.server;

import io.tollgate.server.cli.TollgateCommand;
import java.util.Locale;

/// Entry point of the program.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        // Nothing here depends on where it runs; Kafka's broker does not even start under some locales.
        Locale.setDefault(Locale.ROOT);
        System.exit(TollgateCommand.execute(arguments));
    }
}
