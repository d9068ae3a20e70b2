/// Receipts: signed statements that events are in the log, which anybody can check later with the public key, the
/// answer
/// that carried the receipt, and the log. Pure but for the randomness of new keys.
@NullMarked
package io.tollgate.ingest.receipt;

import org.jspecify.annotations.NullMarked;
