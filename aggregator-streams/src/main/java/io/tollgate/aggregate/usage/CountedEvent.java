package io.tollgate.aggregate.usage;

import io.tollgate.contract.EventId;
import java.math.BigDecimal;
import java.time.Instant;

/// An event as it was counted.
///
/// @param offset of its record
public record CountedEvent(EventId id, String meter, BigDecimal quantity, Instant eventTime, long offset) {}
