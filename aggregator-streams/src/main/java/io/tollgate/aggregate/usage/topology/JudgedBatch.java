package io.tollgate.aggregate.usage.topology;

import io.tollgate.aggregate.usage.Verdict;
import io.tollgate.event.UsageBatch;
import java.time.ZoneId;
import java.util.List;

/// A record of `usage-events` with the verdict on each of its events, in order.
///
/// @param zone in which its days and months are counted
record JudgedBatch(UsageBatch batch, ZoneId zone, LogPlace place, List<Verdict> verdicts) {}
