/// HTTP routes of billing cycles.
@NullMarked
package io.tollgate.control.cycle.http;

import org.jspecify.annotations.NullMarked;
