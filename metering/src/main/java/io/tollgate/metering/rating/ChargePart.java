package io.tollgate.metering.rating;

import java.math.BigDecimal;

/// A part of a charge that one price explains.
///
/// @param kind what was priced
/// @param tierLevel from 1 in the list of tiers; 0 for what is not of a tier
/// @param quantity units or packages; 1 for a fee
/// @param unitPrice of each
/// @param subtotal exact, or with 12 fraction digits where a fee was shared out over time
public record ChargePart(Kind kind, int tierLevel, BigDecimal quantity, BigDecimal unitPrice, BigDecimal subtotal) {
    /// What was priced.
    public enum Kind {
        UNITS,
        PACKAGES,
        FLAT_FEE,
        /// What was missing to the minimum, or, negative, beyond the maximum.
        BOUND
    }
}
