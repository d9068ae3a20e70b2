/// How much a gateway takes on at once, so that load beyond it is refused early instead of filling the memory. Pure.
@NullMarked
package io.tollgate.ingest.capacity;

import org.jspecify.annotations.NullMarked;
