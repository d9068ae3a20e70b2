/// Answers to be repeated, in PostgreSQL.
@NullMarked
package io.tollgate.control.idempotency.postgres;

import org.jspecify.annotations.NullMarked;
