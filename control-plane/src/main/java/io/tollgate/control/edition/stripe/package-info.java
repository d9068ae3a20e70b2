/// Editions in the operator's account at Stripe.
@NullMarked
package io.tollgate.control.edition.stripe;

import org.jspecify.annotations.NullMarked;
