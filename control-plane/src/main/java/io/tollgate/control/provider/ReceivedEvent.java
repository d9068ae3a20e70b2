package io.tollgate.control.provider;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;

/// An event whose signature was right.
///
/// @param id given by the provider, unique for a source
/// @param type in the provider's words
/// @param created the provider's time of it; absent if it names none
public record ReceivedEvent(EventSource source, String id, String type, ObjectNode payload, Optional<Instant> created) {
    /// Longest id and type in characters; those in use are far shorter.
    public static final int NAME_LENGTH_MAX = 255;
}
