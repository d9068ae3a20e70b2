/// Routes of rate limits, and the reading and writing of their bodies.
@NullMarked
package io.tollgate.control.ratelimit.http;

import org.jspecify.annotations.NullMarked;
