package io.tollgate.billing.daily;

import io.tollgate.billing.usage.Span;

/// A span of time that usage is added up for.
///
/// @param number tells it apart from the others of a question, which it does not overlap
public record Slice(int number, Span span) {}
