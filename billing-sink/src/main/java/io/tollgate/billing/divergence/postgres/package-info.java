/// What is stored, in PostgreSQL.
@NullMarked
package io.tollgate.billing.divergence.postgres;

import org.jspecify.annotations.NullMarked;
