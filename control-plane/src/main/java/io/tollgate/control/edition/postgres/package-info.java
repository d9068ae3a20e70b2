/// Editions in PostgreSQL.
@NullMarked
package io.tollgate.control.edition.postgres;

import org.jspecify.annotations.NullMarked;
