/// The state that decides: seen keys and counters, one store of each per partition, held by the partition's owner.
/// Written by the aggregator's task thread only, read by any thread.
@NullMarked
package io.tollgate.quota.store;

import org.jspecify.annotations.NullMarked;
