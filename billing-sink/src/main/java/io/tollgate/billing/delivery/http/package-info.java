/// Webhooks on the wire: the client that posts them, and the routes that show deliveries.
@NullMarked
package io.tollgate.billing.delivery.http;

import org.jspecify.annotations.NullMarked;
