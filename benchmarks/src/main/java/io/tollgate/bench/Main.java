package io.tollgate.bench;

import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.logging.Logging;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `tollgate bench`: measures the running product against its limits and writes down what it found.
@Command(
        name = "tollgate bench",
        mixinStandardHelpOptions = true,
        description = {
            "Measure the running product on temporary data, each part beside what limits it, and write the figures down.",
            "Keep the machine quiet meanwhile: everything shares its processors."
        },
        footer = {"", "benchmarks/README.md says what is measured and how to read it."})
public final class Main implements Callable<Integer> {
    private static final List<String> NAMES = List.of(
            StartUp.NAME,
            Aggregation.NAME,
            Sink.NAME,
            AdmissionCost.NAME,
            ProxyHop.NAME,
            DefinitionScale.NAME,
            Simulation.NAME,
            Invoicing.NAME,
            Latency.NAME,
            SingleLoad.NAME,
            BatchLoads.INGEST,
            BatchLoads.PIPELINE);

    private static final int SECONDS_MAX = 60;
    private static final int ROUNDS_MAX = 25;

    @Option(
            names = "--seconds",
            defaultValue = "3",
            description = "Load of one round, 1 to 60 s (default: ${DEFAULT-VALUE}). Backlogs are sized by it too.")
    private int seconds;

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "Rounds of each measurement, 1 to 25 (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "NAME",
            description =
                    "Only these, comma-separated: up, aggregate, sink, admission, proxy, definitions, simulation, latency, ingest-single, ingest-batch, pipeline.")
    private Set<String> only = new LinkedHashSet<>();

    @Option(names = "--out", description = "Where the results go (default: benchmarks/RESULTS.md of the project).")
    private Path out = Path.of(Machine.PROJECT, "benchmarks", "RESULTS.md");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    public static void main(String[] arguments) {
        int status = new CommandLine(new Main())
                .setExecutionExceptionHandler((failure, commandLine, parsed) -> {
                    if (failure instanceof CannotStartException || failure instanceof IOException) {
                        commandLine.getErr().println("bench: " + failure.getMessage());
                        return 1;
                    }
                    throw failure;
                })
                .execute(arguments);
        System.exit(status);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        check();
        Logging.apply("text", "error");
        PrintWriter terminal = spec.commandLine().getOut();
        Instant when = Instant.now();
        long began = System.nanoTime();
        Consumer<String> progress = line -> {
            terminal.printf(
                    Locale.ROOT,
                    "%4d s  %s%n",
                    Duration.ofNanos(System.nanoTime() - began).toSeconds(),
                    line);
            terminal.flush();
        };
        List<Figure> figures = new ArrayList<>();
        Plan plan = new Plan(Duration.ofSeconds(seconds), rounds, progress);
        if (wanted(StartUp.NAME)) {
            figures.addAll(StartUp.run(plan));
        }
        String postgres = measureOnRig(plan, figures);
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        terminal.printf("%n%s%n", Tables.forTerminal(ResultsPage.inOrder(figures)));
        String page = ResultsPage.of(figures, Machine.facts(postgres), command(), when, took);
        Path parent = out.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.writeString(out, page, StandardCharsets.UTF_8);
        terminal.println("Written to " + out);
        terminal.flush();
        return 0;
    }

    /// Answers the version of PostgreSQL.
    private String measureOnRig(Plan plan, List<Figure> figures) throws IOException, InterruptedException {
        Rig rig = new Rig(plan.progress());
        Thread onInterrupt = Thread.ofPlatform().name("bench-shutdown").unstarted(rig::close);
        Runtime.getRuntime().addShutdownHook(onInterrupt);
        try (rig) {
            // From little data to much: a store that holds millions of keys takes time to restore.
            if (wanted(Aggregation.NAME)) {
                figures.addAll(Aggregation.run(rig, plan));
            }
            if (wanted(Sink.NAME)) {
                figures.addAll(Sink.run(rig, plan));
            }
            if (wanted(AdmissionCost.NAME)) {
                figures.addAll(AdmissionCost.run(rig, plan));
            }
            if (wanted(ProxyHop.NAME)) {
                figures.addAll(ProxyHop.run(rig, plan));
            }
            if (wanted(Latency.NAME)) {
                figures.addAll(Latency.run(rig, plan));
            }
            if (wanted(SingleLoad.NAME)) {
                figures.addAll(SingleLoad.run(rig, plan));
            }
            if (wanted(BatchLoads.INGEST) || wanted(BatchLoads.PIPELINE)) {
                figures.addAll(new BatchLoads(rig, plan).run(this::wanted));
            }
            if (wanted(Simulation.NAME)) {
                figures.addAll(Simulation.run(rig, plan));
            }
            if (wanted(Invoicing.NAME)) {
                figures.addAll(Invoicing.run(rig, plan));
            }
            // Last: what it writes stays with the broker.
            if (wanted(DefinitionScale.NAME)) {
                figures.addAll(DefinitionScale.run(rig, plan));
            }
            return postgresVersion(rig);
        }
    }

    private static String postgresVersion(Rig rig) throws IOException {
        try (Connection connection = rig.connect()) {
            return connection.getMetaData().getDatabaseProductVersion();
        } catch (SQLException e) {
            throw new IOException("PostgreSQL does not tell its version", e);
        }
    }

    private boolean wanted(String name) {
        return only.isEmpty() || only.contains(name);
    }

    private void check() {
        if (seconds < 1 || seconds > SECONDS_MAX) {
            throw new ParameterException(spec.commandLine(), "--seconds must be 1 to " + SECONDS_MAX);
        }
        if (rounds < 1 || rounds > ROUNDS_MAX) {
            throw new ParameterException(spec.commandLine(), "--rounds must be 1 to " + ROUNDS_MAX);
        }
        for (String name : only) {
            if (!NAMES.contains(name)) {
                throw new ParameterException(
                        spec.commandLine(), "--only knows no " + name + ", but " + String.join(", ", NAMES));
            }
        }
    }

    private String command() {
        String command = "./tollgate bench --seconds " + seconds + " --rounds " + rounds;
        return only.isEmpty() ? command : command + " --only " + String.join(",", only);
    }
}
