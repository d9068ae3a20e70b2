/// Outbound webhooks: raising messages, signing them, trying them again, and giving them up. Pure but for the sender's
/// threads; the database, the network and the log are leaves.
@NullMarked
package io.tollgate.billing.delivery;

import org.jspecify.annotations.NullMarked;
