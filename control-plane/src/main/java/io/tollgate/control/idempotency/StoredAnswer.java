package io.tollgate.control.idempotency;

/// The first answer to a request.
///
/// @param secret whether it must be sealed where it is kept, for it holds a key
@SuppressWarnings("ArrayRecordComponent") // Carries bytes on, and is never compared.
public record StoredAnswer(int status, String contentType, byte[] body, boolean secret) {}
