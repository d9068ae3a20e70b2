package io.tollgate.server.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What has been started, to be stopped in reverse order. One part that fails to stop does not keep the others running.
final class Closing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

    private record Part(String name, AutoCloseable stop) {}

    private final Deque<Part> parts = new ArrayDeque<>();

    /// Notes a started part and answers it.
    <T extends AutoCloseable> T add(String name, T part) {
        parts.push(new Part(name, part));
        return part;
    }

    /// Notes how a started part is stopped.
    void onClose(String name, Runnable stop) {
        parts.push(new Part(name, stop::run));
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            Part part = parts.pop();
            long began = System.nanoTime();
            try {
                part.stop().close();
                LOG.debug("{} stopped in {} ms", part.name(), (System.nanoTime() - began) / 1_000_000);
            } catch (Exception e) {
                LOG.warn("{} did not stop cleanly: {}", part.name(), e.toString());
            }
        }
    }
}
