package io.tollgate.billing.usage;

import java.math.BigDecimal;

/// Usage under one name: a meter, a tenant, or a day.
public record UsageRow(String name, BigDecimal totalQuantity, long eventCount) {}
