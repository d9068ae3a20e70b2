/// Price models in PostgreSQL. Changes of one organization's prices take turns on the organization's row.
@NullMarked
package io.tollgate.control.price.postgres;

import org.jspecify.annotations.NullMarked;
