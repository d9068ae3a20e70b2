/// Routes of price models, and the reading and writing of their bodies.
@NullMarked
package io.tollgate.control.price.http;

import org.jspecify.annotations.NullMarked;
