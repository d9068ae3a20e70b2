/// Reservations at the edge: what a request asks to be held, the ids that its items get, the one record that each step
/// writes, and the way from the question to the owner to the answer. [ReservationDraft], [ReservationRecords] and the
/// outcomes are pure; [ReservationRecorder] joins them with the owners and the log.
@NullMarked
package io.tollgate.ingest.reservation;

import org.jspecify.annotations.NullMarked;
