/// Stripe: signatures, events as it publishes them, and its API.
@NullMarked
package io.tollgate.control.provider.stripe;

import org.jspecify.annotations.NullMarked;
