/// Windows: the half-open spans of time in which counters accumulate. Zones and instants are arguments; no clock is
/// read.
@NullMarked
package io.tollgate.metering.period;

import org.jspecify.annotations.NullMarked;
