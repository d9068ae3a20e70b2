/// The HTTP edge of the counters: metric reads for callers, and the owner's endpoint for other instances of this
/// installation.
@NullMarked
package io.tollgate.quota.http;

import org.jspecify.annotations.NullMarked;
