/// Routes about machines.
@NullMarked
package io.tollgate.control.machine.http;

import org.jspecify.annotations.NullMarked;
