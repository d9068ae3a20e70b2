package io.tollgate.server.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The launcher in a project of its own, whose Maven is a script that counts its calls and whose program prints what
/// it was given.
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class LauncherIT {
    private static final String MAIN = """
            package io.tollgate.server;
            public class Main {
                public static void main(String[] arguments) throws Exception {
                    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("drained")));
                    System.out.println("pid " + ProcessHandle.current().pid() + " java " + Runtime.version().feature()
                            + " in " + System.getProperty("user.dir") + " with " + String.join(",", arguments)
                            + " and " + System.getProperty("extra"));
                    if (arguments.length > 0 && arguments[0].equals("up")) {
                        Thread.currentThread().join();
                    }
                }
            }
            """;

    private static final String MAVEN = """
            #!/bin/sh
            echo "$@" >> "$PWD/maven-calls"
            echo "[INFO] Building Tollgate: schemas 0.1.0"
            if [ -e "$PWD/broken" ]; then echo "[ERROR] Foo.java:[3,4] ';' expected"; exit 1; fi
            mkdir -p server/target/tollgate/lib && cp main.jar server/target/tollgate/lib/
            """;

    @TempDir
    Path folder;

    private Path project = Path.of("");
    private Path elsewhere = Path.of("");

    private record Ended(int status, String out, String err) {}

    @BeforeEach
    void makeProject() throws IOException {
        project = Files.createDirectories(folder.resolve("a project")).toRealPath();
        elsewhere = Files.createDirectory(folder.resolve("elsewhere")).toRealPath();
        Files.copy(Path.of("..", "tollgate"), project.resolve("tollgate"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectories(project.resolve("server/src/main/java"));
        Files.writeString(project.resolve("pom.xml"), "<project/>");
        Files.writeString(project.resolve("server/src/main/java/Foo.java"), "class Foo {}");
        var bin = Files.createDirectory(folder.resolve("bin"));
        Files.writeString(bin.resolve("mvn"), MAVEN);
        Files.setPosixFilePermissions(bin.resolve("mvn"), PosixFilePermissions.fromString("rwxr-xr-x"));
        compileMain();
    }

    @Test
    void buildsOnceRunsInTheCallersFolderAndBuildsAgainAfterAChange() throws Exception {
        var first = run("one", "two words");
        assertThat(first.status).as(first.err).isZero();
        assertThat(first.out).contains("java 25").contains("in " + elsewhere).contains("with one,two words");
        assertThat(first.err).contains("Building Tollgate").contains("Built in");
        assertThat(mavenCalls()).isEqualTo(1);

        assertThat(run("again").err).isEmpty();
        assertThat(mavenCalls()).isEqualTo(1);

        var source = project.resolve("server/src/main/java/Foo.java");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        run();
        assertThat(mavenCalls()).isEqualTo(2);
    }

    @Test
    void removedSourceIsAChange() throws Exception {
        var stamp = project.resolve("server/target/tollgate/built");
        run();
        Files.setLastModifiedTime(stamp, FileTime.from(Instant.now().minusSeconds(3600)));
        age(project.resolve("pom.xml"));
        age(project.resolve("server/src/main/java/Foo.java"));
        age(project.resolve("server/src/main"));
        age(project.resolve("server/src/main/java"));
        run();
        assertThat(mavenCalls()).isEqualTo(1);

        Files.delete(project.resolve("server/src/main/java/Foo.java"));
        run();
        assertThat(mavenCalls()).isEqualTo(2);
    }

    @Test
    void failedBuildShowsItsReasonAndIsTriedAgain() throws Exception {
        Files.createFile(project.resolve("broken"));
        var failed = run("up");
        assertThat(failed.status).isEqualTo(1);
        assertThat(failed.err)
                .contains("The build failed")
                .contains("Foo.java:[3,4] ';' expected")
                .contains("build.log");
        assertThat(failed.out).isEmpty();

        Files.delete(project.resolve("broken"));
        assertThat(run().status).isZero();
    }

    @Test
    void worksThroughALinkAndPassesOptionsOn() throws Exception {
        var link = Files.createSymbolicLink(elsewhere.resolve("tg"), project.resolve("tollgate"));

        var ended = run(link, List.of("x"));

        assertThat(ended.status).as(ended.err).isZero();
        assertThat(ended.out).contains("with x").contains("and given");
    }

    @Test
    void signalReachesTheProgramBecauseTheLauncherBecomesIt() throws Exception {
        var process = start(project.resolve("tollgate"), List.of("up"));
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).startsWith("pid " + process.pid() + " ");
            process.toHandle().destroy();
            assertThat(rest(out)).contains("drained");
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    private Ended run(String... arguments) throws Exception {
        return run(project.resolve("tollgate"), List.of(arguments));
    }

    private Ended run(Path launcher, List<String> arguments) throws Exception {
        var process = start(launcher, arguments);
        try (var out = process.inputReader(StandardCharsets.UTF_8);
                var err = process.errorReader(StandardCharsets.UTF_8)) {
            var printed = rest(out);
            var said = rest(err);
            return new Ended(process.waitFor(), printed, said);
        }
    }

    private Process start(Path launcher, List<String> arguments) throws IOException {
        var command = new ArrayList<String>();
        command.add(launcher.toString());
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).directory(elsewhere.toFile());
        builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("TOLLGATE_JAVA_OPTS", "-Dextra=given -Xmx64m");
        return builder.start();
    }

    private static String rest(BufferedReader reader) {
        return String.join("\n", reader.lines().toList());
    }

    private long mavenCalls() throws IOException {
        try (var lines = Files.lines(project.resolve("maven-calls"))) {
            return lines.count();
        }
    }

    private static void age(Path path) throws IOException {
        Files.setLastModifiedTime(path, FileTime.from(Instant.now().minusSeconds(7200)));
    }

    private void compileMain() throws IOException {
        var source = folder.resolve("Main.java");
        Files.writeString(source, MAIN);
        var classes = Files.createDirectory(folder.resolve("classes"));
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", classes.toString(), source.toString()))
                .isZero();
        try (var jar = new JarOutputStream(Files.newOutputStream(project.resolve("main.jar")))) {
            jar.putNextEntry(new JarEntry("io/tollgate/server/Main.class"));
            Files.copy(classes.resolve("io/tollgate/server/Main.class"), jar);
            jar.closeEntry();
        }
    }
}
