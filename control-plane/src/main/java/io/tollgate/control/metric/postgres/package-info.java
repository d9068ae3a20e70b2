/// Metrics in PostgreSQL. Creations of one organization in one day take turns where its edition bounds them.
@NullMarked
package io.tollgate.control.metric.postgres;

import org.jspecify.annotations.NullMarked;
