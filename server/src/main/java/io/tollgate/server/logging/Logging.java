package io.tollgate.server.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.logstash.logback.encoder.LogstashEncoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// Applies the settings of the log to the process.
public final class Logging {
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z', UTC} %-5level %-24logger{24} %msg%n";

    /// Libraries whose information is noise to an operator: they list every setting and every state change.
    private static final List<String> NOISY = List.of(
            "com.zaxxer.hikari",
            "io.micronaut",
            "io.netty",
            "kafka",
            "org.apache.kafka",
            "org.flywaydb",
            "org.springframework",
            "state.change.logger");

    /// Warnings that are no news: each start of the embedded controller, each partition given back, and each failed
    /// attempt to connect to a broker, many a second: what depends on the broker reports it once and says what that
    /// means.
    private static final List<String> NOISIER = List.of(
            "org.apache.kafka.clients.NetworkClient",
            "org.apache.kafka.clients.consumer.internals.OffsetFetcherUtils",
            "org.apache.kafka.clients.producer.internals.Sender",
            "org.apache.kafka.common.utils.AppInfoParser",
            "org.apache.kafka.streams.StreamsConfig",
            "org.apache.kafka.streams.processor.internals.ProcessorStateManager",
            "org.apache.kafka.streams.processor.internals.StateDirectory",
            "org.apache.kafka.controller.QuorumController");

    private Logging() {}

    /// Standard output takes all log lines from here on, in this form (`text` or `json`, one object per line) and
    /// from this level on; noisy libraries stay one or two steps quieter. Lines of java.util.logging are taken over
    /// too.
    public static void apply(String format, String level) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var encoder = encoder(context, format);
        var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setName("console");
        console.setEncoder(encoder);
        console.start();

        var least = Level.toLevel(level);
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.addAppender(console);
        root.setLevel(least);
        context.getLogger("io.tollgate").setLevel(least);
        for (var name : NOISY) {
            context.getLogger(name).setLevel(quieter(least));
        }
        for (var name : NOISIER) {
            context.getLogger(name).setLevel(quieter(quieter(least)));
        }
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext context, String format) {
        if (format.equals("json")) {
            var json = new LogstashEncoder();
            json.setContext(context);
            json.setTimeZone("UTC");
            json.start();
            return json;
        }
        var text = new PatternLayoutEncoder();
        text.setContext(context);
        text.setCharset(StandardCharsets.UTF_8);
        text.setPattern(PATTERN);
        text.start();
        return text;
    }

    private static Level quieter(Level level) {
        return switch (level.levelInt) {
            case Level.TRACE_INT -> Level.DEBUG;
            case Level.DEBUG_INT -> Level.INFO;
            case Level.INFO_INT -> Level.WARN;
            default -> Level.ERROR;
        };
    }
}
