/// The admission ledger: what is counted and what is on its way, per partition, at its owner. The rules live in
/// [io.tollgate.quota.ledger.Ledger], which is pure: one thread, time as an argument, no I/O. Around it,
/// [io.tollgate.quota.ledger.Ledgers] brings the stores, the clock, the lock and the lease.
@NullMarked
package io.tollgate.quota.ledger;

import org.jspecify.annotations.NullMarked;
