/// Integration credentials in PostgreSQL, sealed.
@NullMarked
package io.tollgate.control.credential.postgres;

import org.jspecify.annotations.NullMarked;
