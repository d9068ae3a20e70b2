/// Plans and plan limits as Avro, on their way to the topics of definitions.
@NullMarked
package io.tollgate.control.plan.kafka;

import org.jspecify.annotations.NullMarked;
