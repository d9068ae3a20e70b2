/// Billing cycles of metrics that a payment provider bills: when they end, what was used in them, and how that is
/// reported once.
@NullMarked
package io.tollgate.control.cycle;

import org.jspecify.annotations.NullMarked;
