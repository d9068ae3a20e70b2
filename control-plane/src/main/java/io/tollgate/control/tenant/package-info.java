/// Tenants: the customers of an organization. Pure values and the ports behind which they are kept.
@NullMarked
package io.tollgate.control.tenant;

import org.jspecify.annotations.NullMarked;
