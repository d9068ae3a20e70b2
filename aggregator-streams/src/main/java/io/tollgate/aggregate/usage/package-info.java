/// What becomes of each logged event: counted, dropped as a duplicate, or rejected with a reason. Pure.
@NullMarked
package io.tollgate.aggregate.usage;

import org.jspecify.annotations.NullMarked;
