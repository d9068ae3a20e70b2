package io.tollgate.server.config;

/// The server cannot start, for a reason the operator can change. The message is one or more complete sentences that
/// say what is wrong and what to do; `main` prints it as it stands, without a stack trace.
public class CannotStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CannotStartException(String message) {
        super(message);
    }

    public CannotStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
