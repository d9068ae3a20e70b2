package io.tollgate.control.cycle;

import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// A closed cycle, and how far what was used in it is reported.
///
/// @param id of its report
/// @param accounted what is in reports of the cycle and of events that came late for it; absent before it is measured
/// @param reported units that the provider has taken for it
/// @param way and `customer`: where they went; absent while nothing was sent
/// @param waiting whether reports of it are still to be sent
/// @param unsure whether nobody knows of a report whether it arrived
/// @param refused whether the provider refused one
public record ReportedCycle(
        String id,
        CycleKey key,
        Operation operation,
        Instant start,
        Instant end,
        Optional<BigDecimal> accounted,
        BigDecimal reported,
        Optional<String> keyName,
        Optional<ReportWay> way,
        Optional<String> customer,
        boolean waiting,
        boolean unsure,
        boolean refused) {}
