package io.tollgate.ingest.http;

import io.tollgate.ingest.event.Reported;
import java.util.List;

/// The events of one request as they were read.
///
/// @param batch whether the answer is that of a batch
/// @param partial whether the body asks that invalid events fail alone
/// @param events in request order; exactly one unless `batch`, else 1 to [EventJson#EVENTS_MAX]
record Submission(boolean batch, boolean partial, List<Reported> events) {}
