/// Counted events as the log has them.
@NullMarked
package io.tollgate.billing.audit.kafka;

import org.jspecify.annotations.NullMarked;
