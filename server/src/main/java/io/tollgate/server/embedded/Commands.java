package io.tollgate.server.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Runs programs to their end.
final class Commands {
    /// Enough for the reason of a failure.
    private static final int OUTPUT_CHARS_MAX = 4_000;

    private Commands() {}

    /// How a program ended.
    ///
    /// @param output the end of what it printed on both streams
    record Ended(boolean succeeded, String output) {}

    /// Runs it with an English locale and without the caller's PG variables, which would change what PostgreSQL's
    /// programs do. One that is missing, or takes longer than `max` and is killed then, has not succeeded.
    static Ended run(List<String> command, Duration max) {
        Path output = null;
        try {
            // To a file, not a pipe: pg_ctl's child keeps its streams open, and a pipe would never end.
            output = Files.createTempFile("tollgate-", ".out");
            var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
            builder.environment().put("LC_ALL", "C");
            var process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(max.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                return new Ended(false, command.getFirst() + " did not end within " + max.toSeconds() + " s");
            }
            return new Ended(process.exitValue() == 0, read(output));
        } catch (IOException e) {
            return new Ended(false, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Ended(false, command.getFirst() + " was interrupted");
        } finally {
            delete(output);
        }
    }

    private static String read(Path output) throws IOException {
        var text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
        return text.substring(Math.max(0, text.length() - OUTPUT_CHARS_MAX));
    }

    private static void delete(@Nullable Path output) {
        try {
            if (output != null) {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            output.toFile().deleteOnExit();
        }
    }
}
