/// Receipts outside of the gateway: the keys that an installation signs them with, from start to start, and the
/// checking
/// of receipts that somebody kept, against their keys and against the log.
@NullMarked
package io.tollgate.server.receipt;

import org.jspecify.annotations.NullMarked;
