/// Organizations in PostgreSQL. A change and its outbox row are one transaction.
@NullMarked
package io.tollgate.control.organization.postgres;

import org.jspecify.annotations.NullMarked;
