/// What was given up, for the operator.
@NullMarked
package io.tollgate.control.deadletter.http;

import org.jspecify.annotations.NullMarked;
