/// Organizations: who holds an account. Pure values and the port behind which they are kept.
@NullMarked
package io.tollgate.control.organization;

import org.jspecify.annotations.NullMarked;
