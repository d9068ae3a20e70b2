/// What reports read, in PostgreSQL.
@NullMarked
package io.tollgate.billing.report.postgres;

import org.jspecify.annotations.NullMarked;
