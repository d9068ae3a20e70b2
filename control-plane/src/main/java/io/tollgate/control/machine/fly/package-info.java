/// Machines at Fly.io.
@NullMarked
package io.tollgate.control.machine.fly;

import org.jspecify.annotations.NullMarked;
