package io.tollgate.server.cli;

import io.tollgate.server.config.Settings;
import io.tollgate.server.logging.Logging;
import io.tollgate.server.runtime.Instance;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `tollgate up`: starts the server and stays until it is told to stop.
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description =
                "Start the server: the roles in TOLLGATE_ROLES, with Kafka, PostgreSQL and a schema registry of its own"
                        + " unless they are configured. Stop it with Ctrl-C or SIGTERM.")
final class UpCommand implements Callable<Integer> {
    private static final Duration READY_NOTICE = Duration.ofSeconds(30);

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Settings settings = Settings.load();
        Logging.apply(settings.logFormat(), settings.logLevel());
        long began = System.nanoTime();
        Instance instance = startInstance(settings, out);
        while (!instance.awaitReady(READY_NOTICE)) {
            say(out, "waiting: " + instance.notReady());
        }
        Welcome.print(out, instance.endpoints(), settings, Duration.ofNanos(System.nanoTime() - began));
        new CountDownLatch(1).await();
        return 0;
    }

    /// Starts an instance that is stopped when the process is told to end.
    static Instance startInstance(Settings settings, PrintWriter out) {
        return Instance.start(
                settings,
                step -> say(out, step),
                stop -> Runtime.getRuntime()
                        .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
                            say(out, "stopping");
                            stop.run();
                            say(out, "stopped");
                        })));
    }

    static void say(PrintWriter out, String line) {
        out.println("tollgate: " + line);
        out.flush();
    }
}
