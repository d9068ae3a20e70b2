/// Messages and their deliveries in PostgreSQL.
@NullMarked
package io.tollgate.billing.delivery.postgres;

import org.jspecify.annotations.NullMarked;
