/// Provider events and their effects in PostgreSQL. An effect and the end of its event are one transaction.
@NullMarked
package io.tollgate.control.provider.postgres;

import org.jspecify.annotations.NullMarked;
