/// Metrics as they are now: what is defined about a meter of a subject, put together with what is counted for it. Used
/// by look-ups, by the proxy, and where crossings of limits are found.
@NullMarked
package io.tollgate.quota.metric;

import org.jspecify.annotations.NullMarked;
