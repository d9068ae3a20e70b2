package io.tollgate.quota.ledger;

import io.tollgate.metering.quota.Span;

/// The window of a quota: one meter of one subject in one span.
public record RoomKey(String subjectKey, String meter, Span span) {}
