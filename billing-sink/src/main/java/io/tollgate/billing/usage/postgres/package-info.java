/// Usage in PostgreSQL. The rows of a batch and the positions after it are one transaction.
@NullMarked
package io.tollgate.billing.usage.postgres;

import org.jspecify.annotations.NullMarked;
