package io.tollgate.control.provider;

/// What became of processing one event.
public sealed interface Processing {
    /// It has had its effect, or has none.
    record Done() implements Processing {}

    /// It had no effect, and is kept with the reason.
    record Failed(String reason) implements Processing {}
}
