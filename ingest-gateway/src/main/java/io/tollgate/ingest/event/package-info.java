/// Taking in reported events, as values: what a valid event is, its payload identity, which events of a request are
/// new,
/// and what goes into the log as one record. Pure: time and randomness are arguments; nothing here does I/O.
@NullMarked
package io.tollgate.ingest.event;

import org.jspecify.annotations.NullMarked;
