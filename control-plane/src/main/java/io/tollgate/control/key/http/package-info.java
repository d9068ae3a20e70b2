/// Routes of tenant keys and scoped keys.
@NullMarked
package io.tollgate.control.key.http;

import org.jspecify.annotations.NullMarked;
