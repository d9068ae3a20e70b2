package io.tollgate.ingest.event;

import org.jspecify.annotations.Nullable;

/// The log did not acknowledge a report in time. Whether it is stored is not known.
public final class LogUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LogUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
