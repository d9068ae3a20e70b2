/// What is counted: operations and the state of a counter. A counter's state is the same in whatever order its events
/// come.
@NullMarked
package io.tollgate.metering.meter;

import org.jspecify.annotations.NullMarked;
