package io.tollgate.quota.admission;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;

/// Asks whether a quantity would be admitted now. Records and holds nothing.
public record QuotaCheck(
        int partition, String subjectKey, ZoneId zone, String meter, BigDecimal quantity, Instant eventTime) {}
