package io.tollgate.server.http;

import java.util.OptionalLong;

/// How long what is in the log waits to be stored. Thread-safe; asks what it is about.
public interface SinkDelay {
    /// Age of the oldest record that is not stored yet in milliseconds, rounded up to a step of a scale that doubles; 0
    /// if everything is stored, empty if that cannot be told.
    OptionalLong millis();
}
