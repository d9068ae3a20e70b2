/// Readings of metrics in PostgreSQL. The rows of a batch and the positions after it are one transaction.
@NullMarked
package io.tollgate.billing.snapshot.postgres;

import org.jspecify.annotations.NullMarked;
