package io.tollgate.server.runtime;

import io.tollgate.server.http.Readiness.Check;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/// Whether the broker answers. Asked at most once a second however often health is.
final class BrokerCheck {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final Admin admin;
    private Check last = Check.down("not asked yet");
    private long askedNanos = System.nanoTime() - TIMEOUT.toNanos();

    BrokerCheck(Admin admin) {
        this.admin = admin;
    }

    synchronized Check check() {
        if (System.nanoTime() - askedNanos >= TIMEOUT.toNanos()) {
            last = ask();
            askedNanos = System.nanoTime();
        }
        return last;
    }

    private Check ask() {
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
