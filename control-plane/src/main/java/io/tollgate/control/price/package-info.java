/// Price models of organizations: what units of their meters cost, for whom and since when.
@NullMarked
package io.tollgate.control.price;

import org.jspecify.annotations.NullMarked;
