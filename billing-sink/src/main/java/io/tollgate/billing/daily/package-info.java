/// Daily snapshots: what each tenant used of each meter in each day of UTC. The sink keeps them in step with the hour
/// counters; a run makes those of a day anew from the same counters and so repairs whatever is not.
@NullMarked
package io.tollgate.billing.daily;

import org.jspecify.annotations.NullMarked;
