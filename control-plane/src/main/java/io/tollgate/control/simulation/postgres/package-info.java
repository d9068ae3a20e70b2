/// Simulations in PostgreSQL: what is asked, who works at it, and what came of it.
@NullMarked
package io.tollgate.control.simulation.postgres;

import org.jspecify.annotations.NullMarked;
