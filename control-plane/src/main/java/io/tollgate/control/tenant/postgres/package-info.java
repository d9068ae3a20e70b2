/// Tenants in PostgreSQL.
@NullMarked
package io.tollgate.control.tenant.postgres;

import org.jspecify.annotations.NullMarked;
