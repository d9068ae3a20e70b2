/// Management calls that are repeated: one of them is carried out, and the others get its answer.
@NullMarked
package io.tollgate.control.idempotency;

import org.jspecify.annotations.NullMarked;
