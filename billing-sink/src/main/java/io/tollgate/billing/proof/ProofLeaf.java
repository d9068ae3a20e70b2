package io.tollgate.billing.proof;

import io.tollgate.contract.EventId;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// What an invoice bills of one event.
public record ProofLeaf(EventId eventId, String meter, BigDecimal quantity, Instant eventTime) {
    /// In UTC with six digits; the log knows no finer times.
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    /// `event_id|event_type|quantity|timestamp`: the text that is hashed. A meter's name may have a bar of its own; the
    /// event id before it has none, and quantity and time after it have none, so the text can be read in one way only.
    public String text() {
        return eventId.value() + "|" + meter + "|" + Quantity.plain(quantity) + "|" + TIME.format(eventTime);
    }

    byte[] bytes() {
        return text().getBytes(StandardCharsets.UTF_8);
    }
}
