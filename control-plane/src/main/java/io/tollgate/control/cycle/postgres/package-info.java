/// Billing cycles and their reports in PostgreSQL.
@NullMarked
package io.tollgate.control.cycle.postgres;

import org.jspecify.annotations.NullMarked;
