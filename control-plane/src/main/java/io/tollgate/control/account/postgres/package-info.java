/// Users and their accounts in PostgreSQL.
@NullMarked
package io.tollgate.control.account.postgres;

import org.jspecify.annotations.NullMarked;
