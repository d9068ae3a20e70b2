package io.tollgate.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// `tollgate up` as a process of its own on an empty folder, from its start until it says that it is ready.
final class StartUp {
    static final String NAME = "up";
    private static final int STOP_SECONDS_MAX = 20;

    private StartUp() {}

    static List<Figure> run(Plan plan) throws IOException, InterruptedException {
        Figure.Rounds rounds = new Figure.Rounds();
        for (int round = 0; round < plan.rounds(); round++) {
            Path folder = Files.createTempDirectory("tollgate-bench-");
            try {
                rounds.values.add(secondsUntilReady(folder));
            } finally {
                Rig.delete(folder);
            }
            plan.round(NAME, round, "%.1f s", rounds.values.getLast());
        }
        return List.of(Figure.of(NAME, "empty folder to ready, everything embedded", "s", rounds.values)
                .aimingAt("within 15 s"));
    }

    private static double secondsUntilReady(Path folder) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.tollgate.server.Main", "up"));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "TOLLGATE_DATA", folder.toString(),
                        "TOLLGATE_PORT", "0",
                        "TOLLGATE_KAFKA_PORT", "0",
                        "TOLLGATE_POSTGRES_PORT", "0",
                        "TOLLGATE_REGISTRY_PORT", "0"));
        long began = System.nanoTime();
        Process process = builder.start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            String last = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("Tollgate is ready")) {
                    return (System.nanoTime() - began) / 1e9;
                }
                last = line;
            }
            throw new IOException("`tollgate up` ended: " + last);
        } finally {
            process.destroy();
            if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
    }
}
