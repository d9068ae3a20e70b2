/// What payment providers tell, and what it changes: events that come in, the subscriptions of tenants and
/// organizations, and
/// what an operator may do about both. Pure values and the ports behind which they are kept.
@NullMarked
package io.tollgate.control.provider;

import org.jspecify.annotations.NullMarked;
