/// The consumers of `accepted-events`, `usage-windows` and `rejected-events`. Positions are those in the store, never
/// those in Kafka. A record is stored, or set aside because it can never be read, or waited for; none is skipped.
@NullMarked
package io.tollgate.billing.usage.kafka;

import org.jspecify.annotations.NullMarked;
