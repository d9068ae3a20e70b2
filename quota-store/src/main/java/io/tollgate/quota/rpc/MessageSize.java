package io.tollgate.quota.rpc;

/// How large a message may be.
final class MessageSize {
    /// Twice the largest request body that a gateway takes, which becomes one message at most.
    static final int BYTES_MAX = 16 << 20;

    private MessageSize() {}
}
