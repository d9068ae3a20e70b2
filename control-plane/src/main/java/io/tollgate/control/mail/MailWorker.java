package io.tollgate.control.mail;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.contract.mail.Mail;
import io.tollgate.control.mail.MailTransport.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
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

    /// While the mail server is away, which every mail would wait for.
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
        this.dead = counter(
                "tollgate.mails.given.up",
                "Mails that were refused for good, or not taken at the last attempt",
                metrics);
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

    /// Sends what is due, for as long as anything can be sent. A mail that is not taken holds no other up: anybody can
    /// have one sent to an address that is none.
    ///
    /// @return false if nothing can be sent now
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

    // Whether the next mail may fare better.
    private boolean attempt(MailQueue.Due due) {
        if (due.mail().isEmpty()) {
            giveUp(due, "It was sealed under an encryption key that is not known any more.");
            return true;
        }
        Outcome outcome = sent(due.id(), due.mail().get());
        switch (outcome) {
            case Outcome.Taken taken -> {
                queue.sent(due);
                sent.increment();
            }
            case Outcome.Refused refused -> {
                failed.increment();
                giveUp(due, refused.why());
            }
            case Outcome.Deferred deferred -> putOff(due, deferred.why());
            case Outcome.Unusable unusable -> putOff(due, unusable.why());
        }
        return !(outcome instanceof Outcome.Unusable);
    }

    private Outcome sent(UUID id, Mail mail) {
        try {
            return transport.send(id, mail);
        } catch (RuntimeException e) {
            LOG.debug("Mail {} met a failure that nobody thought of", id, e);
            return new Outcome.Deferred("Unexpected failure: " + e.getClass().getSimpleName());
        }
    }

    private void putOff(MailQueue.Due due, String reason) {
        failed.increment();
        Optional<Instant> next = MailRetries.next(due.attempts() + 1, clock.instant());
        if (next.isEmpty()) {
            giveUp(due, reason);
            return;
        }
        queue.failed(due, reason, next);
        LOG.info("Mail {} was not taken and is sent again at {}: {}", due.id(), next.get(), reason);
    }

    private void giveUp(MailQueue.Due due, String reason) {
        queue.failed(due, reason, Optional.empty());
        dead.increment();
        LOG.warn("Mail {} is given up: {}", due.id(), reason);
    }
}
