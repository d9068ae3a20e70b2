/// Routes of plans and plan limits, and the reading and writing of their bodies.
@NullMarked
package io.tollgate.control.plan.http;

import org.jspecify.annotations.NullMarked;
