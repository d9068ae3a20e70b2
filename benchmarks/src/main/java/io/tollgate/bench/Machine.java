package io.tollgate.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.utils.AppInfoParser;

/// What the figures were measured on.
final class Machine {
    private static final long MIB = 1 << 20;

    /// The launcher says where the project is.
    static final String PROJECT = System.getProperty("tollgate.project", ".");

    private Machine() {}

    static Map<String, String> facts(String postgresVersion) {
        Map<String, String> facts = new LinkedHashMap<>();
        Runtime runtime = Runtime.getRuntime();
        facts.put(
                "CPU",
                afterColon(Path.of("/proc/cpuinfo"), "model name") + ", " + runtime.availableProcessors()
                        + " processors");
        facts.put(
                "Memory",
                memory() + "; heap of the one process that runs it all " + runtime.maxMemory() / MIB + " MiB");
        facts.put(
                "System",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", data on " + fileSystem());
        facts.put("Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        facts.put("Kafka", AppInfoParser.getVersion());
        facts.put("PostgreSQL", postgresVersion);
        facts.put("Commit", commit());
        return facts;
    }

    private static String memory() {
        String kilobytes = afterColon(Path.of("/proc/meminfo"), "MemTotal").replaceAll("[^0-9]", "");
        return kilobytes.isEmpty()
                ? "unknown"
                : String.format(Locale.ROOT, "%.1f GiB", Long.parseLong(kilobytes) / (double) MIB);
    }

    private static String fileSystem() {
        try {
            FileStore store = Files.getFileStore(Path.of(System.getProperty("java.io.tmpdir")));
            return store.type();
        } catch (IOException e) {
            return "an unknown file system";
        }
    }

    /// The first line that begins with `name`, after its colon.
    private static String afterColon(Path file, String name) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith(name))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static String commit() {
        String head = output("git", "-C", PROJECT, "rev-parse", "--short=12", "HEAD");
        if (head.isEmpty()) {
            return "unknown";
        }
        return output("git", "-C", PROJECT, "status", "--porcelain", "--untracked-files=no")
                        .isEmpty()
                ? head
                : head + " with changes that are not committed";
    }

    private static String output(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? output : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
