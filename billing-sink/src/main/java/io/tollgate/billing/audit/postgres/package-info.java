/// Invoices and events as PostgreSQL has them.
@NullMarked
package io.tollgate.billing.audit.postgres;

import org.jspecify.annotations.NullMarked;
