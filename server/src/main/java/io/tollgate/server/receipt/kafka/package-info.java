/// The log of usage on Kafka, as receipts are checked against it.
@NullMarked
package io.tollgate.server.receipt.kafka;

import org.jspecify.annotations.NullMarked;
