/// The audit trail in PostgreSQL.
@NullMarked
package io.tollgate.control.audit.postgres;

import org.jspecify.annotations.NullMarked;
