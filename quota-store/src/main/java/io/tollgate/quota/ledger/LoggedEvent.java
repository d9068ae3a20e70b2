package io.tollgate.quota.ledger;

import io.tollgate.contract.EventId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// One event of a record of `usage-events`.
///
/// @param keyed whether the id stands for an idempotency key
/// @param fingerprint at least the first 16 bytes of the payload's digest
/// @param ceiling under which the event was admitted; empty: nothing bounded it, or nobody admitted it
/// @param graceStart when the window's grace began, if the event was admitted by it
public record LoggedEvent(
        EventId eventId,
        boolean keyed,
        byte[] fingerprint,
        String meter,
        BigDecimal quantity,
        Instant eventTime,
        Optional<BigDecimal> ceiling,
        Optional<Instant> graceStart) {}
