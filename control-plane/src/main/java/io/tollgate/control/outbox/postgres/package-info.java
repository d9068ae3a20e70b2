/// The outbox table.
@NullMarked
package io.tollgate.control.outbox.postgres;

import org.jspecify.annotations.NullMarked;
