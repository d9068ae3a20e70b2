package io.tollgate.bench;

import io.tollgate.server.config.Role;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// One event a request, beside a bare Netty server that answers the same body: what the gateway adds to HTTP itself.
final class SingleLoad {
    static final String NAME = "ingest-single";
    /// Enough that the log's acknowledgements overlap, few enough that the latency is not all queueing.
    private static final int CONNECTIONS = 32;

    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final double TAIL = 0.99;

    private SingleLoad() {}

    static List<Figure> run(Rig rig, Plan plan) throws IOException, InterruptedException {
        rig.run(Role.GATEWAY, Role.AGGREGATOR);
        Figure.Rounds rates = new Figure.Rounds();
        Figure.Rounds medians = new Figure.Rounds();
        Figure.Rounds tails = new Figure.Rounds();
        try (EchoServer echo = new EchoServer()) {
            load(rig, rig.url(), WARM_UP);
            load(rig, echo.url(), WARM_UP);
            rig.awaitCounted();
            for (int round = 0; round < plan.rounds(); round++) {
                Load.Result load = load(rig, rig.url(), plan.lasting());
                rates.lags.add(rig.uncounted());
                rig.awaitCounted();
                Load.Result limit = load(rig, echo.url(), plan.lasting());
                rates.values.add(load.requestsPerSecond());
                rates.limits.add(limit.requestsPerSecond());
                medians.values.add(Summary.percentile(load.latenciesMs(), 0.5));
                medians.limits.add(Summary.percentile(limit.latenciesMs(), 0.5));
                tails.values.add(Summary.percentile(load.latenciesMs(), TAIL));
                tails.limits.add(Summary.percentile(limit.latenciesMs(), TAIL));
                plan.round(
                        NAME,
                        round,
                        "%,.0f requests/s, p99 %.1f ms; echo %,.0f",
                        load.requestsPerSecond(),
                        tails.values.getLast(),
                        limit.requestsPerSecond());
            }
        }
        String limit = "Netty echo";
        List<Figure> figures = new ArrayList<>();
        figures.add(Figure.of(NAME, CONNECTIONS + " connections", "requests/s", rates.values)
                .against(limit, rates.limits)
                .behind(rates.lags));
        figures.add(Figure.of(NAME, "latency, median", "ms", medians.values).against(limit, medians.limits));
        figures.add(Figure.of(NAME, "latency, p99", "ms", tails.values).against(limit, tails.limits));
        return figures;
    }

    private static Load.Result load(Rig rig, URI url, Duration lasting) throws IOException, InterruptedException {
        Instant now = Instant.now();
        Load.Result load =
                Load.run(url, "/api/v1/events", rig.key(), () -> EventBody.single(now), CONNECTIONS, lasting);
        if (load.refused() > 0 || load.events() == 0) {
            throw new IOException(load.refused() + " requests were refused");
        }
        return load;
    }
}
