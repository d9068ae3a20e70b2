package io.tollgate.contract.wire;

/// The schema registry did not answer. Never a reason to discard a record: whoever sees it stops or tries again.
public final class RegistryUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RegistryUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    public RegistryUnavailableException(String message) {
        super(message);
    }
}
