/// Exact decimal quantities: how much was used. No binary floating point anywhere.
@NullMarked
package io.tollgate.metering.quantity;

import org.jspecify.annotations.NullMarked;
