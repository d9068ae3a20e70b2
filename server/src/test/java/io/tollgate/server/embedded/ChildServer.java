package io.tollgate.server.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A child process with embedded parts, to be killed.
final class ChildServer implements AutoCloseable {
    private static final long END_SECONDS_MAX = 30;

    private final Process process;
    private final BufferedReader output;
    private final Map<String, String[]> parts = new HashMap<>();
    private String refusal = "";

    private ChildServer(Process process) {
        this.process = process;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /// Returns when the child is ready or has refused to start.
    static ChildServer start(Path folder, String... parts) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedServices.class.getName(),
                folder.toString()));
        command.addAll(List.of(parts));
        var child = new ChildServer(
                new ProcessBuilder(command).redirectErrorStream(true).start());
        child.readUntilReady();
        // Read on, for a child whose output nobody takes stands still.
        Thread.ofVirtual().start(() -> child.output.lines().forEach(line -> {}));
        return child;
    }

    /// The words after a part's name in its line.
    String[] part(String name) {
        var words = parts.get(name);
        if (words == null) {
            throw new AssertionError(name + " did not start: " + refusal);
        }
        return words;
    }

    /// Empty if it started.
    String refusal() {
        return refusal;
    }

    long pid() {
        return process.pid();
    }

    /// As kill -9.
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the child did not end");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private void readUntilReady() throws IOException {
        var seen = new StringBuilder();
        for (String line; (line = output.readLine()) != null; ) {
            seen.append(line).append('\n');
            var words = line.split(" ", -1);
            switch (words[0]) {
                case "READY" -> {
                    return;
                }
                case "REFUSED" -> {
                    refusal = line.substring("REFUSED ".length());
                    return;
                }
                case "kafka", "postgres" -> parts.put(words[0], Arrays.copyOfRange(words, 1, words.length));
                default -> {
                    // A log line.
                }
            }
        }
        throw new AssertionError("the child ended before it was ready:\n" + seen);
    }
}
