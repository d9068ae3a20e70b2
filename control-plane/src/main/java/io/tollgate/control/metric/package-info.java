/// Metrics as the business dialect calls them: meters of one subject whose settings were given explicitly. Pure values
/// and
/// the ports behind which they are kept; counting them is the business of whoever has the counters.
@NullMarked
package io.tollgate.control.metric;

import org.jspecify.annotations.NullMarked;
