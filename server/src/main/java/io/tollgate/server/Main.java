package io.tollgate.server;

import io.tollgate.server.cli.TollgateCommand;

/// Entry point of the program.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(TollgateCommand.execute(arguments));
    }
}
