/// Rate limits as Avro, on their way to the topic of definitions.
@NullMarked
package io.tollgate.control.ratelimit.kafka;

import org.jspecify.annotations.NullMarked;
