package io.tollgate.aggregate.usage.topology;

import io.tollgate.aggregate.usage.Verdict;
import io.tollgate.event.CounterCut;
import io.tollgate.event.UsageBatch;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/// A record of `usage-events` with the verdict on each of its events, in order.
///
/// @param zone in which its days and months are counted
/// @param takenOut the event that counts no longer with it; absent for plain events, and where nothing is taken out
/// @param cut what begins anew with it; absent for plain events, and for a cut that was made before
record JudgedBatch(
        UsageBatch batch,
        ZoneId zone,
        LogPlace place,
        List<Verdict> verdicts,
        Optional<TakenOut> takenOut,
        Optional<CounterCut> cut) {}
