/// Machines and their tasks in PostgreSQL.
@NullMarked
package io.tollgate.control.machine.postgres;

import org.jspecify.annotations.NullMarked;
