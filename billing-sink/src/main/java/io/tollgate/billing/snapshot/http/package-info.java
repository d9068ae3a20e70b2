/// The route of a metric's history.
@NullMarked
package io.tollgate.billing.snapshot.http;

import org.jspecify.annotations.NullMarked;
