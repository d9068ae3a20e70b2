/// Quotas as their organization sets them. Pure values and the port behind which they are kept; enforcing them is the
/// business of whoever admits events.
@NullMarked
package io.tollgate.control.quota;

import org.jspecify.annotations.NullMarked;
