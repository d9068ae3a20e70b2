/// Metrics as Avro, on their way to the topic of definitions, and their deletion as a command in the log of events.
@NullMarked
package io.tollgate.control.metric.kafka;

import org.jspecify.annotations.NullMarked;
