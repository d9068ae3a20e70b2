package io.tollgate.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.slf4j.LoggerFactory;

@ResourceLock(Resources.SYSTEM_OUT)
class LoggingTest {
    private final PrintStream standardOutput = System.out;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restore() throws Exception {
        System.setOut(standardOutput);
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        new ContextInitializer(context).autoConfig();
    }

    @Test
    void jsonIsOneObjectPerLineWithTheMessageAndItsSource() throws Exception {
        Logging.apply("json", "info");

        LoggerFactory.getLogger("io.tollgate.here").info("line one\nline two");

        var lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(1);
        var line = new ObjectMapper().readTree(lines.getFirst());
        assertThat(line.get("message").asText()).isEqualTo("line one\nline two");
        assertThat(line.get("logger_name").asText()).isEqualTo("io.tollgate.here");
        assertThat(line.get("level").asText()).isEqualTo("INFO");
        assertThat(line.get("@timestamp").asText()).endsWith("Z");
    }

    @Test
    void noisyLibrariesStayQuieterAtEveryLevel() {
        Logging.apply("text", "info");
        LoggerFactory.getLogger("io.tollgate.here").info("shown 1");
        LoggerFactory.getLogger("org.apache.kafka.streams.Some").info("hidden 1");
        LoggerFactory.getLogger("org.apache.kafka.streams.Some").warn("shown 2");
        LoggerFactory.getLogger("org.apache.kafka.clients.NetworkClient").warn("hidden 2");

        Logging.apply("text", "debug");
        LoggerFactory.getLogger("io.tollgate.here").debug("shown 3");
        LoggerFactory.getLogger("org.apache.kafka.clients.NetworkClient").warn("shown 4");

        Logging.apply("text", "error");
        LoggerFactory.getLogger("io.tollgate.here").warn("hidden 3");

        assertThat(printed.toString(StandardCharsets.UTF_8).lines())
                .hasSize(4)
                .allMatch(line -> line.contains("shown"));
    }

    @Test
    void linesOfTheOtherLoggingSystemsArriveToo() {
        Logging.apply("text", "info");

        java.util.logging.Logger.getLogger("some.library").warning("from java.util.logging");

        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("some.library")
                .contains("from java.util.logging");
    }
}
