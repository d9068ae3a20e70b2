/// The Kafka Streams topology of usage: from `usage-events` to seen keys, counters, `accepted-events`,
/// `rejected-events` and
/// `usage-windows`, in one transaction per commit. State, I/O and unexpected errors stop the task; only what cannot be
/// decoded goes to the dead letters.
@NullMarked
package io.tollgate.aggregate.usage.topology;

import org.jspecify.annotations.NullMarked;
