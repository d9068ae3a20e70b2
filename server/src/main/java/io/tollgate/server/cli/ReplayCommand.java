package io.tollgate.server.cli;

import io.tollgate.server.replay.Replay;
import io.tollgate.server.replay.TollgateClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tollgate replay`: sends the usage in an access log to a running server.
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = {
            "Send the usage in an access log (Combined Log Format) to a running server.",
            "Each line becomes one http_request (quantity 1) and, where a size is given, one bytes_sent (quantity = size)"
                    + " of the tenant named by the client address, at the line's time.",
            "Interrupted, it goes on where it was; repeated, nothing is counted twice."
        })
final class ReplayCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The access log.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path file;

    @Option(
            names = "--url",
            defaultValue = "http://localhost:8080",
            description = "Where the server is (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String url;

    @Option(
            names = "--key",
            required = true,
            defaultValue = "${env:TOLLGATE_KEY}",
            description = "An organization key, tk_live_…; or set TOLLGATE_KEY.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String key;

    @Option(
            names = "--state",
            defaultValue = "./data/replay",
            description = "Folder that remembers how far a replay got (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path state;

    @Option(
            names = "--patience",
            defaultValue = "PT5M",
            description = "How long to wait for a server that does not answer (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Duration patience;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Replay.Summary summary = replay(file, url, key, state, patience, out);
        return summary.rejected() + summary.unreadable() == 0 ? 0 : 1;
    }

    static Replay.Summary replay(Path file, String url, String key, Path state, Duration patience, PrintWriter out) {
        if (!Files.isReadable(file)) {
            throw new CommandFailure(file + " cannot be read.");
        }
        try (ReplayProgress progress = new ReplayProgress(out)) {
            TollgateClient client = TollgateClient.withKey(url, key, patience, progress::note);
            long began = System.nanoTime();
            Replay.Summary summary = Replay.run(file, client, url, key, state, progress);
            progress.close();
            print(out, summary, Duration.ofNanos(System.nanoTime() - began));
            return summary;
        } catch (IOException e) {
            throw new CommandFailure(
                    "replay stopped: " + e.getMessage() + ". Run the same command again to go on where it was.");
        }
    }

    private static void print(PrintWriter out, Replay.Summary summary, Duration took) {
        if (summary.resumedAt() > 0) {
            out.printf(Locale.ROOT, "Went on at line %,d.%n", summary.resumedAt() + 1);
        }
        out.printf(
                Locale.ROOT,
                "%,d lines in %.1f s: %,d events accepted, %,d duplicate, %,d rejected; %,d lines unreadable.%n",
                summary.lines(),
                took.toMillis() / 1000.0,
                summary.accepted(),
                summary.duplicate(),
                summary.rejected(),
                summary.unreadable());
        out.println("Duplicates are events that an earlier pass already sent; nothing is counted twice.");
        out.flush();
    }
}
