package io.tollgate.billing.usage;

/// What the rows of a usage query stand for.
public enum Grouping {
    EVENT_TYPE,
    TENANT,
    DAY
}
