/// Whether the books balance: invoices against the log, and what is stored against both. Pure; leaves `kafka` and
/// `postgres` read the two.
@NullMarked
package io.tollgate.billing.audit;

import org.jspecify.annotations.NullMarked;
