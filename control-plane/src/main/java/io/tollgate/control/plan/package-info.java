/// Plans and plan limits as their organization sets them. Pure values and the ports behind which they are kept; testing
/// usage against them is the business of proxies and checks.
@NullMarked
package io.tollgate.control.plan;

import org.jspecify.annotations.NullMarked;
