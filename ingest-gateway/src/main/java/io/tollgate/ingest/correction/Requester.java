package io.tollgate.ingest.correction;

import java.util.Optional;

/// Who asks for a correction.
///
/// @param actor as in the audit trail
/// @param requestId of the request
public record Requester(String actor, Optional<String> requestId) {}
