package io.tollgate.contract.secret;

/// A sealed secret cannot be read: it was sealed under a key that is not known here, belongs elsewhere, or is damaged.
public final class CannotOpenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CannotOpenException(String message) {
        super(message);
    }

    CannotOpenException(String message, Throwable cause) {
        super(message, cause);
    }
}
