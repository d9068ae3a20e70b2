/// The definition topics as the place where outbox rows go.
@NullMarked
package io.tollgate.control.outbox.kafka;

import org.jspecify.annotations.NullMarked;
