package io.tollgate.control.mail;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.control.mail.MailTransport.FailedException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends what waits, one mail after the other. Any number of processes may run one; a mail that a process dies over is
/// taken up by the next, and may then arrive twice. Thread-safe.
public final class MailWorker {
    private static final Logger LOG = LoggerFactory.getLogger(MailWorker.class);

    /// How soon a new mail is seen: people wait for links.
    private static final Duration POLL = Duration.ofSeconds(1);

    /// After a mail that was not taken: if the mail server is away, the others would only wait for it too.
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(5);

    private final MailQueue queue;
    private final MailTransport transport;
    private final InstantSource clock;
    private final Counter sent;
    private final Counter failed;
    private final Counter dead;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread = Thread.ofVirtual().name("mails").unstarted(this::work);

    public MailWorker(MailQueue queue, MailTransport transport, InstantSource clock, MeterRegistry metrics) {
        this.queue = queue;
        this.transport = transport;
        this.clock = clock;
        this.sent = counter("tollgate.mails.sent", "Mails that a mail server has taken", metrics);
        this.failed = counter("tollgate.mails.failures", "Attempts to send a mail that failed", metrics);
        this.dead = counter("tollgate.mails.given.up", "Mails that were given up after the last attempt", metrics);
    }

    private static Counter counter(String name, String description, MeterRegistry metrics) {
        return Counter.builder(name).description(description).register(metrics);
    }

    /// Starts working and returns at once; the database may come later.
    public void start() {
        thread.start();
    }

    /// Ends after the mail in hand, at the latest after `atMost`; one that is given up is sent again.
    public void stop(Duration atMost) {
        stopping.countDown();
        try {
            if (!thread.join(atMost)) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        boolean stopped = false;
        while (!stopped) {
            Duration pause = POLL;
            try {
                pause = sendDue() ? POLL : PAUSE_AFTER_FAILURE;
            } catch (RuntimeException | AssertionError e) {
                // PostgreSQL's driver raises the latter when a connection dies at the wrong moment.
                LOG.warn("Mails cannot be looked for now; next attempt in {}: {}", PAUSE_AFTER_FAILURE, e.toString());
                LOG.debug("The failure in full", e);
                pause = PAUSE_AFTER_FAILURE;
            }
            try {
                stopped = stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                stopped = true;
            }
        }
    }

    /// Sends what is due, up to the first mail that is not taken.
    ///
    /// @return false if one was not taken
    public boolean sendDue() {
        while (stopping.getCount() > 0) {
            Optional<MailQueue.Due> due = queue.take();
            if (due.isEmpty()) {
                return true;
            }
            if (!attempt(due.get())) {
                return false;
            }
        }
        return true;
    }

    private boolean attempt(MailQueue.Due due) {
        if (due.mail().isEmpty()) {
            dead.increment();
            queue.failed(due, "It was sealed under an encryption key that is not known any more.", Optional.empty());
            LOG.warn("Mail {} is given up: it was sealed under an encryption key that is not known any more", due.id());
            return true;
        }
        try {
            transport.send(due.id(), due.mail().get());
        } catch (FailedException | RuntimeException e) {
            fail(due, e);
            return false;
        }
        queue.sent(due);
        sent.increment();
        return true;
    }

    private void fail(MailQueue.Due due, Exception failure) {
        failed.increment();
        String reason = failure instanceof FailedException
                ? String.valueOf(failure.getMessage())
                : "Unexpected failure: " + failure.getClass().getSimpleName();
        Optional<Instant> next = MailRetries.next(due.attempts() + 1, clock.instant());
        queue.failed(due, reason, next);
        if (next.isPresent()) {
            LOG.info("Mail {} was not taken and is sent again at {}: {}", due.id(), next.get(), reason);
        } else {
            dead.increment();
            LOG.warn("Mail {} is given up: {}", due.id(), reason);
        }
    }
}
