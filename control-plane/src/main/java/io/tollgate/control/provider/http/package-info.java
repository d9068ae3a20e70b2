/// Routes for payment providers and for the operator who looks after them.
@NullMarked
package io.tollgate.control.provider.http;

import org.jspecify.annotations.NullMarked;
