/// Members and invitations in PostgreSQL.
@NullMarked
package io.tollgate.control.member.postgres;

import org.jspecify.annotations.NullMarked;
