/// Routes of invoices, runs and credit notes.
@NullMarked
package io.tollgate.billing.invoice.http;

import org.jspecify.annotations.NullMarked;
