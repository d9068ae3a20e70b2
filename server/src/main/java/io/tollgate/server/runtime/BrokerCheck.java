package io.tollgate.server.runtime;

import io.tollgate.server.http.Readiness.Check;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/// Whether the broker answers.
record BrokerCheck(Admin admin) {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    Check check() {
        try {
            admin.describeCluster().clusterId().get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            return Check.up();
        } catch (ExecutionException | TimeoutException e) {
            return Check.down("the broker does not answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Check.down("interrupted");
        }
    }
}
