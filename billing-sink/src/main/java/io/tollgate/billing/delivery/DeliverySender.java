package io.tollgate.billing.delivery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends what is due, at least once. Any number of processes may run one. A process that dies in the middle leaves its
/// deliveries in hand; when that has run out they are sent again.
public final class DeliverySender {
    private static final Logger LOG = LoggerFactory.getLogger(DeliverySender.class);

    /// Requests under way at a time: each holds a connection and a few kilobytes.
    private static final int UNDER_WAY_MAX = 64;

    /// Longer than an attempt can take, looking up the name and storing the outcome included.
    private static final Duration CLAIM = Duration.ofSeconds(60);

    /// How soon a message that was just raised is seen.
    private static final Duration POLL = Duration.ofMillis(250);

    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(2);
    private static final Duration BACKLOG_EVERY = Duration.ofSeconds(15);
    private static final Duration PURGE_EVERY = Duration.ofHours(1);
    private static final Duration KEPT = Duration.ofDays(90);
    private static final int PURGE_ROWS_MAX = 10_000;

    private final DeliveryQueue queue;
    private final Outgoing outgoing;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("webhook-", 0).factory());
    private final Semaphore free = new Semaphore(UNDER_WAY_MAX);
    private final Semaphore news = new Semaphore(0);
    private final Counter delivered;
    private final Counter failed;
    private final Counter dead;
    private volatile DeliveryQueue.Backlog backlog = new DeliveryQueue.Backlog(0, 0);
    private volatile boolean running;
    private @Nullable Thread loop;

    public DeliverySender(
            DeliveryQueue queue,
            Outgoing outgoing,
            InstantSource clock,
            RandomGenerator random,
            MeterRegistry metrics) {
        this.queue = queue;
        this.outgoing = outgoing;
        this.clock = clock;
        this.random = random;
        this.delivered = counter("tollgate.webhooks.delivered", "Webhooks answered with 2xx", metrics);
        this.failed =
                counter("tollgate.webhooks.failed", "Attempts that failed; each is made again or given up", metrics);
        this.dead =
                counter("tollgate.webhooks.given.up", "Webhooks that were given up after the last attempt", metrics);
        Gauge.builder("tollgate.webhooks.pending", () -> backlog.pending())
                .description("Webhooks that wait to be sent, over all processes")
                .register(metrics);
        Gauge.builder("tollgate.webhooks.dead", () -> backlog.dead())
                .description("Webhooks that were given up and wait for the operator")
                .register(metrics);
    }

    private static Counter counter(String name, String description, MeterRegistry metrics) {
        return Counter.builder(name).description(description).register(metrics);
    }

    /// Starts sending and returns at once; the database may come later.
    public synchronized void start() {
        running = true;
        loop = Thread.ofVirtual().name("webhook-sender").start(this::run);
    }

    /// Ends after the attempts under way, at the latest after `atMost`. What is under way then is sent again.
    public synchronized void stop(Duration atMost) {
        running = false;
        Thread started = loop;
        if (started != null) {
            started.interrupt();
        }
        threads.shutdown();
        try {
            if (!threads.awaitTermination(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.info("Webhooks under way are given up for now; they are sent again after the next start");
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Sends once what is due now, and returns when it is settled. For tests, which have time in their hands.
    ///
    /// @return how many attempts were made
    public int sendDue() {
        List<DueDelivery> due = claim(UNDER_WAY_MAX);
        due.forEach(this::deliver);
        return due.size();
    }

    private void run() {
        Instant backlogDue = clock.instant();
        Instant purgeDue = clock.instant();
        while (running) {
            try {
                Instant now = clock.instant();
                if (!now.isBefore(backlogDue)) {
                    backlog = queue.backlog();
                    backlogDue = now.plus(BACKLOG_EVERY);
                }
                if (!now.isBefore(purgeDue)) {
                    boolean more = queue.purge(now.minus(KEPT), PURGE_ROWS_MAX) == PURGE_ROWS_MAX;
                    purgeDue = more ? now : now.plus(PURGE_EVERY);
                }
                int places = free.availablePermits();
                List<DueDelivery> due = places == 0 ? List.of() : claim(places);
                for (DueDelivery delivery : due) {
                    free.acquire();
                    threads.execute(() -> {
                        try {
                            deliver(delivery);
                        } catch (RuntimeException e) {
                            LOG.warn(
                                    "How the webhook {} ended cannot be stored now; it is sent again: {}",
                                    delivery.id(),
                                    e.toString());
                        } finally {
                            free.release();
                            news.release();
                        }
                    });
                }
                if (news.tryAcquire(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                    news.drainPermits();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | AssertionError e) {
                // PostgreSQL's driver raises the latter when a connection dies at the wrong moment.
                LOG.warn("Webhooks cannot be sent now; next attempt in {}: {}", PAUSE_AFTER_FAILURE, e.toString());
                LOG.debug("The failure in full", e);
                try {
                    Thread.sleep(PAUSE_AFTER_FAILURE);
                } catch (InterruptedException interrupted) {
                    return;
                }
            }
        }
    }

    private List<DueDelivery> claim(int max) {
        Instant now = clock.instant();
        return queue.claim(now, now.plus(CLAIM), max);
    }

    /// A message that cannot even be made, say for a secret that cannot sign, is a failed attempt as well: it must end
    /// among the dead some day.
    private Attempt post(DueDelivery delivery, Signing.With with) {
        try {
            return outgoing.post(delivery.url(), headers(delivery, with), delivery.body());
        } catch (RuntimeException e) {
            return new Attempt.Failed(java.util.OptionalInt.empty(), "", "it cannot be sent: " + e.getMessage());
        }
    }

    private void deliver(DueDelivery delivery) {
        Attempt attempt = switch (delivery.signing()) {
            case Signing.With with -> post(delivery, with);
            case Signing.Unreadable unreadable ->
                new Attempt.Failed(java.util.OptionalInt.empty(), "", unreadable.why());
        };
        Instant now = clock.instant();
        Settlement settlement = Settlement.after(attempt, delivery.attempts() + 1, now, random.nextDouble());
        queue.settle(delivery, attempt, settlement, now);
        switch (settlement) {
            case Settlement.Delivered done -> delivered.increment();
            case Settlement.TryAgain again -> failed.increment();
            case Settlement.Dead given -> {
                failed.increment();
                dead.increment();
                LOG.warn(
                        "The webhook {} ({}) of {} was given up after {} attempts",
                        delivery.id(),
                        delivery.type(),
                        delivery.organizationId(),
                        delivery.attempts() + 1);
            }
        }
    }

    private Map<String, String> headers(DueDelivery delivery, Signing.With signing) {
        Instant now = clock.instant();
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("webhook-id", delivery.messageId());
        headers.put("webhook-timestamp", Long.toString(now.getEpochSecond()));
        if (!signing.secrets().isEmpty()) {
            headers.put(
                    "webhook-signature",
                    WebhookSignature.sign(signing.secrets(), delivery.messageId(), now, delivery.body()));
        }
        return headers;
    }
}
