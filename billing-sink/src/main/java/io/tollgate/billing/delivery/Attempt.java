package io.tollgate.billing.delivery;

import java.util.OptionalInt;

/// How one attempt to deliver ended.
public sealed interface Attempt {
    /// Longest part of an answer that is kept, in bytes: enough to see what a receiver complains about.
    int ANSWER_BYTES_MAX = 1_024;

    /// Answered with 2xx.
    record Taken(int status, String answer) implements Attempt {}

    /// Not answered, or with another status.
    ///
    /// @param status of the answer, if there was one
    /// @param answer its first bytes; empty without an answer
    record Failed(OptionalInt status, String answer, String why) implements Attempt {}
}
