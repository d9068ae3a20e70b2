/// Routes of organization keys.
@NullMarked
package io.tollgate.control.key.http;

import org.jspecify.annotations.NullMarked;
