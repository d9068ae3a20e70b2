/// What a meter of one subject is: its settings, from where they come, and which usage its value and its limits are
/// about. Pure: what is defined and the instant are arguments.
@NullMarked
package io.tollgate.metering.metric;

import org.jspecify.annotations.NullMarked;
