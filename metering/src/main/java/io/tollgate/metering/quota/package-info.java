/// Quotas: limits that are enforced when an event is admitted. Decides one event against one quota; what is used so far
/// and
/// the time are arguments.
@NullMarked
package io.tollgate.metering.quota;

import org.jspecify.annotations.NullMarked;
