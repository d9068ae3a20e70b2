/// Sessions in PostgreSQL.
@NullMarked
package io.tollgate.control.session.postgres;

import org.jspecify.annotations.NullMarked;
