package io.tollgate.contract.outbound;

/// Whether a request may go to a place.
public sealed interface TargetVerdict {
    record Allowed() implements TargetVerdict {}

    /// @param why the rest of a sentence that begins with the target ("… is a loopback address"), fit for the caller
    record Refused(String why) implements TargetVerdict {}
}
