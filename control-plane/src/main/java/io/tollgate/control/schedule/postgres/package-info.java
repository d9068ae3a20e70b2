/// The times of scheduled work, kept in PostgreSQL, which also decides who does it.
@NullMarked
package io.tollgate.control.schedule.postgres;

import org.jspecify.annotations.NullMarked;
