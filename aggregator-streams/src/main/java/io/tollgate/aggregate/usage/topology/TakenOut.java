package io.tollgate.aggregate.usage.topology;

import io.tollgate.aggregate.usage.CountedEvent;
import io.tollgate.event.CorrectionCommand;
import io.tollgate.quota.store.Counter;
import io.tollgate.quota.store.CounterKey;
import java.util.Map;

/// A counted event that a record takes out.
///
/// @param counters those that held the event, as they are without it
record TakenOut(CountedEvent event, Map<CounterKey, Counter> counters, CorrectionCommand command) {}
