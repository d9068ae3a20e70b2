package io.tollgate.billing.usage;

/// A span of time and the name under which usage in it is summed up.
public record LabelledSpan(String label, Span span) {}
