/// Whether counters and stored events say the same: what the owners of the counters hold, what is stored of it, and
/// the stored events themselves. Pure values, the comparison, and the ports to the three.
@NullMarked
package io.tollgate.billing.divergence;

import org.jspecify.annotations.NullMarked;
