/// What an instance runs of its own when nothing else is configured: a real Kafka broker, a real PostgreSQL and a
/// schema registry, all under one data folder and all on loopback.
///
/// Promises: what was acknowledged survives the death of the process at any moment; a start after it takes over what
/// was left running and never starts a second postmaster; nothing outside the data folder is written, and no process
/// is touched that does not work on it. What keeps a part from starting is told in one
/// [io.tollgate.server.config.CannotStartException]. Close in the reverse order of starting; every `close` is bounded
/// in time.
@NullMarked
package io.tollgate.server.embedded;

import org.jspecify.annotations.NullMarked;
