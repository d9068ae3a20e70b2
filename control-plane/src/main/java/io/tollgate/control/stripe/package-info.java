/// What every conversation with Stripe's API has in common.
@NullMarked
package io.tollgate.control.stripe;

import org.jspecify.annotations.NullMarked;
