/// From events that were taken in to events that are in the log: asks the owners of their partitions, decides from the
/// answers what is written and what is answered, writes, and tells the owners what became of it. [AdmissionRound] and
/// [Settled] decide and are pure; [EventRecorder] joins them with the owners and the log.
@NullMarked
package io.tollgate.ingest.admission;

import org.jspecify.annotations.NullMarked;
