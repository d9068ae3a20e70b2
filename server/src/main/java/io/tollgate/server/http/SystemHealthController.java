package io.tollgate.server.http;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.quota.routing.PartitionOverview;
import io.tollgate.server.http.Readiness.Check;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// `GET /api/v1/system/health`: how the installation does, for everybody who has a key.
@Controller("/api/v1/system/health")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
final class SystemHealthController {
    /// However often it is asked for, brokers, owners and database are asked once in this time.
    private static final Duration ASKED_EVERY = Duration.ofSeconds(1);

    /// The one key of the cache.
    private static final String INSTALLATION = "installation";

    private final LoadingCache<String, Map<String, @Nullable Object>> last;

    SystemHealthController(Readiness readiness, PartitionOverview overview, SinkDelay delay, InstantSource clock) {
        this.last = Caffeine.newBuilder()
                .expireAfterWrite(ASKED_EVERY)
                .build(key -> body(readiness.checks(), overview.lines(), delay.millis(), clock));
    }

    @Get
    Map<String, @Nullable Object> health(@RequestAttribute(Authority.PRINCIPAL_ATTRIBUTE) Principal principal) {
        Authority.reach(principal, Permission.USAGE_READ);
        return last.get(INSTALLATION);
    }

    private static Map<String, @Nullable Object> body(
            Map<String, Check> checks,
            List<PartitionOverview.Line> partitions,
            OptionalLong delay,
            InstantSource clock) {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("database", word(Optional.ofNullable(checks.get("postgres"))));
        body.put("log", word(Optional.ofNullable(checks.get("kafka"))));
        body.put("counters", counters(partitions));
        body.put("sink_lag_ms", delay.isPresent() ? delay.getAsLong() : null);
        body.put("timestamp", clock.instant().truncatedTo(ChronoUnit.MICROS).toString());
        return body;
    }

    private static String word(Optional<Check> check) {
        return check.map(known -> switch (known.status()) {
                    case UP -> "healthy";
                    case DEGRADED -> "degraded";
                    case DOWN -> "unhealthy";
                })
                .orElse("unknown");
    }

    /// By how many partitions admit events that a quota limits.
    private static String counters(List<PartitionOverview.Line> partitions) {
        long open = partitions.stream()
                .filter(line -> line.status()
                        .filter(status -> status.closedWhy().isEmpty())
                        .isPresent())
                .count();
        if (open == partitions.size()) {
            return "healthy";
        }
        return open == 0 ? "unhealthy" : "degraded";
    }
}
