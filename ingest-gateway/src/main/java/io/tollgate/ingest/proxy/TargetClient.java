package io.tollgate.ingest.proxy;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Reaches targets that may be reached. A name is resolved once, every address is judged, and the connection goes to
/// exactly the judged one. Redirects are handed back. Never blocks; thread-safe.
public interface TargetClient {
    /// Largest body of an answer in bytes.
    int ANSWER_BYTES_MAX = 5_000_000;

    /// Whether the operator has listed the target's place by name.
    boolean listed(URI target);

    /// @param headers by lower-case name; `host` and `content-length` are added
    /// @return completes within about the time-out, never with a failure; called on an event loop, mostly on that one
    CompletableFuture<Reached> send(
            URI target, String method, Map<String, String> headers, Optional<byte[]> body, Duration timeout);

    /// Memory that is taken until it is given back; giving back again does nothing.
    interface Room {
        void release();
    }

    /// What became of a call.
    sealed interface Reached {
        /// The target answered, whatever it said.
        ///
        /// @param headers by lower-case name, repeated ones joined by commas
        /// @param room what the body takes of the memory for answers; to be given back once the body is used
        record Answered(int status, Map<String, String> headers, byte[] body, Room room) implements Reached {}

        /// The target's address may not be reached; nothing was sent.
        ///
        /// @param why the rest of a sentence that begins with the target
        record Forbidden(String why) implements Reached {}

        /// No connection, or it broke.
        record Failed(String why) implements Reached {}

        /// No whole answer within the time-out.
        record TimedOut() implements Reached {}

        /// The answer is larger than may be handed on.
        record TooLarge() implements Reached {}

        /// The answers that are under way leave no room for this one; the target has received the call.
        record Overloaded() implements Reached {}
    }
}
