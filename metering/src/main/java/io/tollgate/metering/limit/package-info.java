/// Plan limits: which of them apply to a tenant's meter, whether usage breaches them and which one is told. Pure
/// values;
/// usage, definitions and the instant are arguments.
@NullMarked
package io.tollgate.metering.limit;

import org.jspecify.annotations.NullMarked;
