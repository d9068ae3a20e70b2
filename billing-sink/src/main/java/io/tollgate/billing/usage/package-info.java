/// Usage as it is stored and read: what the sink writes, exactly once, and what queries over it mean. Pure values, the
/// ports to the store, and the arithmetic of periods; no Kafka, HTTP or SQL.
@NullMarked
package io.tollgate.billing.usage;

import org.jspecify.annotations.NullMarked;
