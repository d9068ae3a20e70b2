/// Calls on behalf of tenants: tested against their plan limits first, then forwarded to a place that may be reached.
/// Pure; the client that reaches targets is behind [TargetClient].
@NullMarked
package io.tollgate.ingest.proxy;

import org.jspecify.annotations.NullMarked;
