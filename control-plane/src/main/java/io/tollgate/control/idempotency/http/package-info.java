/// The header `Idempotency-Key` of management calls.
@NullMarked
package io.tollgate.control.idempotency.http;

import org.jspecify.annotations.NullMarked;
