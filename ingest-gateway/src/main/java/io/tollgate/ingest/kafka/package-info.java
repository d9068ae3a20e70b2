/// The log of usage events on Kafka: encodes reports, appends them with `acks=all`, and says within two seconds whether
/// they are stored. Recovers by itself from brokers that were away and from producers that broke.
@NullMarked
package io.tollgate.ingest.kafka;

import org.jspecify.annotations.NullMarked;
