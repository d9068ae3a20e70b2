package io.tollgate.control.outbox.kafka;

/// A row of a table lacks what its definition needs. Reading it again comes to the same.
final class UnreadableRowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableRowException(String message) {
        super(message);
    }
}
