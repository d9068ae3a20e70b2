package io.tollgate.bench;

import io.tollgate.server.config.Role;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A call through the proxy (limits tested, forwarded, answer wrapped) beside a bare Netty reverse hop to the same
/// target.
final class ProxyHop {
    static final String NAME = "proxy";
    private static final int CONNECTIONS = 32;
    private static final double TAIL = 0.99;

    private ProxyHop() {}

    static List<Figure> run(Rig rig, Plan plan) throws IOException, InterruptedException {
        rig.run(Role.GATEWAY, Role.AGGREGATOR);
        rig.makePlanLimit("api_request", "1000000000");
        Figure.Rounds rates = new Figure.Rounds();
        Figure.Rounds tails = new Figure.Rounds();
        try (EchoServer target = new EchoServer();
                ReverseHop hop = new ReverseHop(target.url())) {
            EventBody body = EventBody.fixed(
                    "{\"scope\":\"customer\",\"customer_id\":\"cust_0000\",\"metric_name\":\"api_request\","
                            + "\"target_url\":\"http://127.0.0.1:"
                            + target.url().getPort()
                            + "/orders\",\"method\":\"POST\",\"body\":\"{\\\"data\\\":1}\"}");
            rig.makeTenant("cust_0000");
            rig.count("cust_0000", "api_request");
            WarmUp.of(() -> load(rig, rig.url(), body, WarmUp.STEP));
            WarmUp.of(() -> load(rig, hop.url(), body, WarmUp.STEP));
            for (int round = 0; round < plan.rounds(); round++) {
                Load.Result load = load(rig, rig.url(), body, plan.lasting());
                Load.Result limit = load(rig, hop.url(), body, plan.lasting());
                rates.values.add(load.requestsPerSecond());
                rates.limits.add(limit.requestsPerSecond());
                tails.values.add(Summary.percentile(load.latenciesMs(), TAIL));
                tails.limits.add(Summary.percentile(limit.latenciesMs(), TAIL));
                plan.round(
                        NAME,
                        round,
                        "%,.0f calls/s, bare reverse hop %,.0f",
                        load.requestsPerSecond(),
                        limit.requestsPerSecond());
            }
        }
        List<Figure> figures = new ArrayList<>();
        figures.add(
                Figure.of(NAME, "call through the proxy, " + CONNECTIONS + " connections", "requests/s", rates.values)
                        .against("bare Netty reverse hop", rates.limits)
                        .aimingAt("ratio at least 0.6"));
        figures.add(
                Figure.of(NAME, "latency, p99", "ms", tails.values).against("bare Netty reverse hop", tails.limits));
        return figures;
    }

    private static Load.Result load(Rig rig, URI url, EventBody body, Duration lasting)
            throws IOException, InterruptedException {
        Load.Result load = Load.run(url, "/api/v1/proxy", rig.key(), () -> body, CONNECTIONS, lasting);
        if (load.refused() > 0) {
            throw new IOException(load.refused() + " calls were refused");
        }
        return load;
    }
}
