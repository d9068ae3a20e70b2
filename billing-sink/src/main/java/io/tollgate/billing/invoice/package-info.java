/// Invoices: what a tenant is billed for a period, and every state it goes through. Pure; leaves `postgres` and `http`.
@NullMarked
package io.tollgate.billing.invoice;

import org.jspecify.annotations.NullMarked;
