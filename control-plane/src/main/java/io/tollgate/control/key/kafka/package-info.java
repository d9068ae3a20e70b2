/// Keys as records of `definitions.keys`.
@NullMarked
package io.tollgate.control.key.kafka;

import org.jspecify.annotations.NullMarked;
