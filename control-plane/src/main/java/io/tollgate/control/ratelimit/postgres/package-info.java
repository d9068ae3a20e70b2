/// Rate limits in PostgreSQL. Changes of one organization's rate limits take turns on the organization's row.
@NullMarked
package io.tollgate.control.ratelimit.postgres;

import org.jspecify.annotations.NullMarked;
