package io.tollgate.control.provider.stripe;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Optional;

/// Times as Stripe writes them: seconds since 1970.
final class UnixTime {
    /// 9999-12-31: later times have no four-digit year.
    private static final long SECONDS_MAX = 253_402_214_400L;

    private UnixTime() {}

    /// Absent if `node` is no such time.
    static Optional<Instant> of(JsonNode node) {
        return node.canConvertToLong() && node.longValue() >= 0 && node.longValue() <= SECONDS_MAX
                ? Optional.of(Instant.ofEpochSecond(node.longValue()))
                : Optional.empty();
    }
}
