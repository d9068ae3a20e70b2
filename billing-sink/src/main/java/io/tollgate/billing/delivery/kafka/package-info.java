/// Alerts of the log as messages.
@NullMarked
package io.tollgate.billing.delivery.kafka;

import org.jspecify.annotations.NullMarked;
