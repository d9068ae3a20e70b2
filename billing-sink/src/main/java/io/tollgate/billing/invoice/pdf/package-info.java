/// Invoices on paper.
@NullMarked
package io.tollgate.billing.invoice.pdf;

import org.jspecify.annotations.NullMarked;
