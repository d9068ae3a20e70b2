/// Daily snapshots in PostgreSQL.
@NullMarked
package io.tollgate.billing.daily.postgres;

import org.jspecify.annotations.NullMarked;
