/// Machines that run for tenants (experimental): tasks that make and end them, and the port to who runs them.
@NullMarked
package io.tollgate.control.machine;

import org.jspecify.annotations.NullMarked;
