/// Invoices in PostgreSQL.
@NullMarked
package io.tollgate.billing.invoice.postgres;

import org.jspecify.annotations.NullMarked;
