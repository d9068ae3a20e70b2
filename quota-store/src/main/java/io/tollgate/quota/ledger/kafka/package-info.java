/// The ledger's ports on Kafka: the task's state stores, and the broker's word on where a partition ends.
@NullMarked
package io.tollgate.quota.ledger.kafka;

import org.jspecify.annotations.NullMarked;
