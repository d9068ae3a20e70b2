/// The topic catalogue: the only place that spells a topic name, with its key, value contract, partitions and
/// retention.
@NullMarked
package io.tollgate.contract.topic;

import org.jspecify.annotations.NullMarked;
