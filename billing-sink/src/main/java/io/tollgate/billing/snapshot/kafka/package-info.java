/// The consumer that carries snapshots from the log into the store.
@NullMarked
package io.tollgate.billing.snapshot.kafka;

import org.jspecify.annotations.NullMarked;
