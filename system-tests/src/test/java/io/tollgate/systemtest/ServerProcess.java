package io.tollgate.systemtest;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
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

    /// As much as one server with all roles needs in a test.
    private static final List<String> JAVA_OPTIONS = List.of("-Xmx1g");

    private static final List<String> UP = List.of("io.tollgate.server.Main", "up");

    private final Map<String, String> settings;
    private final List<String> javaOptions;
    private final List<String> program;
    private final Path log;
    private Process process;

    private ServerProcess(Map<String, String> settings, List<String> javaOptions, List<String> program, Path log)
            throws IOException {
        this.settings = settings;
        this.javaOptions = javaOptions;
        this.program = program;
        this.log = log;
        this.process = launch();
    }

    static ServerProcess start(Path folder, Map<String, String> settings) throws IOException {
        return start(folder, settings, JAVA_OPTIONS, UP);
    }

    /// With options of its own for the Java machine.
    static ServerProcess start(Path folder, Map<String, String> settings, List<String> javaOptions) throws IOException {
        return start(folder, settings, javaOptions, UP);
    }

    /// @param program main class and arguments
    static ServerProcess start(
            Path folder, Map<String, String> settings, List<String> javaOptions, List<String> program)
            throws IOException {
        Files.createDirectories(folder);
        return new ServerProcess(Map.copyOf(settings), javaOptions, program, folder.resolve("server.log"));
    }

    private Process launch() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(program);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(settings);
        return builder.start();
    }

    /// How a command ended, and what it printed.
    record Ran(int exitCode, String printed) {}

    /// Runs another command of the program on the same data folder.
    Ran command(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.tollgate.server.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("TOLLGATE_DATA", setting("TOLLGATE_DATA"));
        Process started = builder.start();
        try (InputStream output = started.getInputStream()) {
            String printed = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            return new Ran(started.waitFor(), printed);
        }
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

    /// Whether it says so now.
    boolean ready() throws InterruptedException {
        HttpRequest ready = HttpRequest.newBuilder(URI.create(url() + "/health/ready"))
                .timeout(Duration.ofMillis(500))
                .build();
        try {
            return HTTP.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
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
        process = launch();
    }

    /// SIGSTOP: everything stands still, the sockets stay open.
    void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    /// SIGCONT.
    void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
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

    String log() throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    String logTail() throws IOException {
        String text = log();
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
