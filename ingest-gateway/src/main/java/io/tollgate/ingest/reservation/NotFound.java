package io.tollgate.ingest.reservation;

/// The organization has no such reservation, or has none any more.
public record NotFound() implements Finding, Settling, Releasing {}
