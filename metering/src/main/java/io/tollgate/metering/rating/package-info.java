/// How quantities become money. Pure: values in, values out; no clock, no database. Every amount is exact until it is
/// rounded, and it is rounded once, at the line of an invoice.
@NullMarked
package io.tollgate.metering.rating;

import org.jspecify.annotations.NullMarked;
