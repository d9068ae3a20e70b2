/// Mails in PostgreSQL.
@NullMarked
package io.tollgate.control.mail.postgres;

import org.jspecify.annotations.NullMarked;
