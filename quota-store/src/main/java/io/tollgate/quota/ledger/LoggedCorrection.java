package io.tollgate.quota.ledger;

import java.math.BigDecimal;
import java.time.Instant;

/// A counted event that a record takes out; the record's only event, if it has one, takes its place.
///
/// @param meter, quantity, eventTime as it was counted
/// @param effective whether it is taken out: false where it was before, or cannot be; then nothing takes its place
///     either
public record LoggedCorrection(String meter, BigDecimal quantity, Instant eventTime, boolean effective) {}
