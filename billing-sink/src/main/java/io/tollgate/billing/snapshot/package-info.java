/// Stored readings of metrics: the snapshots at the end of flush windows, and the history made of them and of counters.
@NullMarked
package io.tollgate.billing.snapshot;

import org.jspecify.annotations.NullMarked;
