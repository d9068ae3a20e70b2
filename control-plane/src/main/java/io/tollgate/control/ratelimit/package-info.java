/// Rate limits as their organization sets them. Pure values and the port behind which they are kept; counting requests
/// is
/// the business of gateways.
@NullMarked
package io.tollgate.control.ratelimit;

import org.jspecify.annotations.NullMarked;
