/// Where requests that others asked for may go: the check of addresses that keeps proxy and webhooks out of private
/// networks. Pure; resolving a name and connecting are the caller's.
@NullMarked
package io.tollgate.contract.outbound;

import org.jspecify.annotations.NullMarked;
