/// Counting of requests by rate limits: one owner for each organization, for all gateways together.
@NullMarked
package io.tollgate.quota.ratelimit;

import org.jspecify.annotations.NullMarked;
