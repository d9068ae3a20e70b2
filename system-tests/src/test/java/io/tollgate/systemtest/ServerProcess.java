package io.tollgate.systemtest;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// One server in a process of its own, as `./tollgate up` would start it, that can be killed.
final class ServerProcess implements AutoCloseable {
    private static final Duration READY_MAX = Duration.ofSeconds(120);
    private static final Duration STOP_MAX = Duration.ofSeconds(30);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private final Map<String, String> settings;
    private final Path log;
    private Process process;

    private ServerProcess(Map<String, String> settings, Path log, Process process) {
        this.settings = settings;
        this.log = log;
        this.process = process;
    }

    static ServerProcess start(Path folder, Map<String, String> settings) throws IOException {
        Files.createDirectories(folder);
        Path log = folder.resolve("server.log");
        return new ServerProcess(Map.copyOf(settings), log, launch(settings, log));
    }

    private static Process launch(Map<String, String> settings, Path log) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                "io.tollgate.server.Main",
                "up"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(settings);
        return builder.start();
    }

    ServerProcess awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + READY_MAX.toNanos();
        HttpRequest ready = HttpRequest.newBuilder(URI.create(url() + "/health/ready"))
                .timeout(Duration.ofSeconds(5))
                .build();
        while (true) {
            if (!process.isAlive()) {
                throw new AssertionError("the server ended with " + process.exitValue() + ":\n" + logTail());
            }
            try {
                if (HTTP.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                    return this;
                }
            } catch (IOException e) {
                // not listening yet
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not ready after " + READY_MAX + ":\n" + logTail());
            }
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
    }

    String setting(String name) {
        return java.util.Objects.requireNonNull(settings.get(name), name);
    }

    String url() {
        return "http://localhost:" + settings.get("TOLLGATE_PORT");
    }

    /// SIGKILL: no hook runs, nothing is flushed.
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /// The same command again, on the same folder.
    void startAgain() throws IOException {
        process = launch(settings, log);
    }

    /// SIGTERM; answers how long the process took to end.
    Duration terminate() throws InterruptedException {
        long began = System.nanoTime();
        process.destroy();
        if (!process.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still running " + STOP_MAX + " after SIGTERM");
        }
        return Duration.ofNanos(System.nanoTime() - began);
    }

    String logTail() throws IOException {
        String text = Files.exists(log) ? Files.readString(log) : "";
        return text.substring(Math.max(0, text.length() - 4_000));
    }

    @Override
    public void close() throws InterruptedException {
        if (process.isAlive()) {
            terminate();
        }
    }

    static String freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return Integer.toString(socket.getLocalPort());
        }
    }
}
