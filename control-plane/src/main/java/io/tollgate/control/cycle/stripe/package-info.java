/// Reports of usage to Stripe.
@NullMarked
package io.tollgate.control.cycle.stripe;

import org.jspecify.annotations.NullMarked;
