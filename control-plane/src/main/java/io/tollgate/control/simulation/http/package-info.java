/// Routes of simulations.
@NullMarked
package io.tollgate.control.simulation.http;

import org.jspecify.annotations.NullMarked;
