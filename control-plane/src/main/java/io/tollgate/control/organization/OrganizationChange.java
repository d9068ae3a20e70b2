package io.tollgate.control.organization;

import java.math.BigDecimal;
import java.time.ZoneId;
import java.util.Currency;
import java.util.Optional;

/// What is to become of an organization. What is absent stays as it is.
public record OrganizationChange(
        Optional<String> name,
        Optional<String> email,
        Optional<ZoneId> timeZone,
        Optional<Currency> currency,
        Optional<BigDecimal> taxRate,
        Optional<Integer> paymentTermsDays,
        Optional<String> autoInvoice,
        Optional<String> adjustmentMode,
        Optional<String> expiredWithoutFreePlan) {}
