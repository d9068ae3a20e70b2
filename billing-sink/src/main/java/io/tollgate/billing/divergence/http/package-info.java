/// The route that compares.
@NullMarked
package io.tollgate.billing.divergence.http;

import org.jspecify.annotations.NullMarked;
