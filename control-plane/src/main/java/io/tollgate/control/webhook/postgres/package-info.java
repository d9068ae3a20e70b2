/// Webhook endpoints in PostgreSQL, their secrets sealed.
@NullMarked
package io.tollgate.control.webhook.postgres;

import org.jspecify.annotations.NullMarked;
