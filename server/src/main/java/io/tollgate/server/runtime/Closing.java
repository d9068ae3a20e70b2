package io.tollgate.server.runtime;

import io.tollgate.server.config.CannotStartException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What has been started, to be stopped in reverse order. One part that fails to stop does not keep the others running,
/// and
/// what is added after the stop began is stopped at once: a start that is interrupted leaves nothing behind.
/// Thread-safe.
final class Closing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

    private record Part(String name, AutoCloseable stop) {}

    private final Deque<Part> parts = new ArrayDeque<>();
    private boolean closed;

    /// Notes a started part and answers it.
    ///
    /// @throws CannotStartException if everything is being stopped; the part is stopped then
    <T extends AutoCloseable> T add(String name, T part) {
        note(new Part(name, part));
        return part;
    }

    /// Notes how a started part is stopped.
    void onClose(String name, Runnable stop) {
        note(new Part(name, stop::run));
    }

    private void note(Part part) {
        synchronized (this) {
            if (!closed) {
                parts.push(part);
                return;
            }
        }
        stop(part);
        throw new CannotStartException("Told to stop while starting.");
    }

    @Override
    public void close() {
        while (true) {
            Part part;
            synchronized (this) {
                closed = true;
                part = parts.poll();
            }
            if (part == null) {
                return;
            }
            stop(part);
        }
    }

    private static void stop(Part part) {
        long began = System.nanoTime();
        try {
            part.stop().close();
            LOG.debug("{} stopped in {} ms", part.name(), (System.nanoTime() - began) / 1_000_000);
        } catch (Exception e) {
            LOG.warn("{} did not stop cleanly: {}", part.name(), e.toString());
        }
    }
}
