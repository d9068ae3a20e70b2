package io.tollgate.server.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `tollgate receipts`: what can be done with receipts.
@Command(
        name = "receipts",
        mixinStandardHelpOptions = true,
        description = "Check receipts for events.",
        subcommands = ReceiptsVerifyCommand.class)
final class ReceiptsCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say what to do, for example: tollgate receipts verify FILE");
    }
}
