/// What owners write to the log themselves: the ends of reservations whose time has passed.
@NullMarked
package io.tollgate.aggregate.usage.kafka;

import org.jspecify.annotations.NullMarked;
