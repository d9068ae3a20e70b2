/// Quotas in PostgreSQL. A change and its outbox row are one transaction; changes of one quota take turns.
@NullMarked
package io.tollgate.control.quota.postgres;

import org.jspecify.annotations.NullMarked;
