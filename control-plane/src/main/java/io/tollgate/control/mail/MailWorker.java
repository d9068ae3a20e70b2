package io.tollgate.control.mail;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.control.mail.MailTransport.FailedException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends what waits. Any number of processes may run one; a mail that a process dies over is taken up by the next, and
/// may then arrive twice. Thread-safe.
public final class MailWorker {
    /// Mails that one look at the queue takes up, one after the other: so other jobs get their turn.
    public static final int MAILS_MAX = 50;

    private static final Logger LOG = LoggerFactory.getLogger(MailWorker.class);

    private final MailQueue queue;
    private final MailTransport transport;
    private final InstantSource clock;
    private final Counter sent;
    private final Counter failed;
    private final Counter dead;

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

    /// Sends what is due, [#MAILS_MAX] mails at most, up to the first that fails: if the mail server is away, the others
    /// would only wait for it too.
    public void poll() {
        for (int i = 0; i < MAILS_MAX; i++) {
            Optional<MailQueue.Due> due = queue.take();
            if (due.isEmpty() || !attempt(due.get())) {
                return;
            }
        }
    }

    /// Forgets what is of no use any more.
    public void keepUp() {
        int unsent = queue.purge();
        if (unsent > 0) {
            LOG.warn("{} mails were not sent in time and are forgotten", unsent);
        }
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
