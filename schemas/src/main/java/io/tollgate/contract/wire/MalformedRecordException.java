package io.tollgate.contract.wire;

import org.apache.kafka.common.errors.SerializationException;

/// The bytes are not what the topic's contract says, and will not become so by trying again.
public final class MalformedRecordException extends SerializationException {
    private static final long serialVersionUID = 1L;

    public MalformedRecordException(String message) {
        super(message);
    }

    public MalformedRecordException(String message, Throwable cause) {
        super(message, cause);
    }
}
