package io.tollgate.aggregate.usage.topology;

import io.tollgate.aggregate.usage.Verdict;
import io.tollgate.event.UsageBatch;
import java.util.List;

/// A record of `usage-events` with the verdict on each of its events, in order.
record JudgedBatch(UsageBatch batch, LogPlace place, List<Verdict> verdicts) {}
