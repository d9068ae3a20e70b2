package io.tollgate.server.cli;

/// A command could not do what it was asked; the message tells a person what to change.
final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandFailure(String message) {
        super(message);
    }
}
