package io.tollgate.quota.rpc;

import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.LookupOutcome;
import io.tollgate.quota.query.MeterReading;
import java.util.Optional;

/// Questions about counters and their answers as they travel.
final class CounterWire {
    private CounterWire() {}

    /// The question alone; the caller adds partition and waiting.
    static Wire.ReadCall.Builder toWire(CounterRead read) {
        Wire.ReadCall.Builder wire = Wire.ReadCall.newBuilder().setSubjectKey(read.subjectKey());
        switch (read) {
            case CounterRead.Total total ->
                wire.setTotal(Wire.ReadTotal.newBuilder().setMeter(total.meter()));
            case CounterRead.InWindow window ->
                wire.setWindow(Wire.ReadWindow.newBuilder()
                        .setMeter(window.meter())
                        .setSize(toWire(window.size()))
                        .setStart(Scalars.micros(window.start())));
            case CounterRead.AllMeters meters ->
                wire.setMeters(
                        Wire.ReadMeters.newBuilder().setAfter(meters.after()).setLimit(meters.limit()));
            case CounterRead.Places places -> {
                Wire.ReadPlaces.Builder list = Wire.ReadPlaces.newBuilder();
                places.places()
                        .forEach(place -> list.addPlaces(Wire.ReadWindow.newBuilder()
                                .setMeter(place.meter())
                                .setSize(toWire(place.size()))
                                .setStart(Scalars.micros(place.start()))));
                wire.setPlaces(list);
            }
        }
        return wire;
    }

    static CounterRead fromWire(Wire.ReadCall wire) {
        String subjectKey = wire.getSubjectKey();
        return switch (wire.getReadCase()) {
            case TOTAL -> new CounterRead.Total(subjectKey, wire.getTotal().getMeter());
            case WINDOW ->
                new CounterRead.InWindow(
                        subjectKey,
                        wire.getWindow().getMeter(),
                        fromWire(wire.getWindow().getSize()),
                        Scalars.instant(wire.getWindow().getStart()));
            case METERS ->
                new CounterRead.AllMeters(
                        subjectKey,
                        wire.getMeters().getAfter(),
                        wire.getMeters().getLimit());
            case PLACES ->
                new CounterRead.Places(
                        subjectKey,
                        wire.getPlaces().getPlacesList().stream()
                                .map(place -> new CounterRead.Place(
                                        place.getMeter(), fromWire(place.getSize()), Scalars.instant(place.getStart())))
                                .toList());
            case READ_NOT_SET -> throw Scalars.unknown("read", wire.getReadCase());
        };
    }

    static Wire.ReadReply toWire(Optional<LookupOutcome.Found> answer) {
        if (answer.isEmpty()) {
            return Wire.ReadReply.newBuilder()
                    .setNotHere(Wire.NotHere.getDefaultInstance())
                    .build();
        }
        LookupOutcome.Found found = answer.get();
        Wire.Readings.Builder readings = Wire.Readings.newBuilder()
                .setCaughtUp(found.caughtUp())
                .setStale(found.stale())
                .setCountedOffset(found.countedOffset());
        found.readings().forEach(reading -> readings.addReadings(toWire(reading)));
        return Wire.ReadReply.newBuilder().setReadings(readings).build();
    }

    static Optional<LookupOutcome.Found> fromWire(Wire.ReadReply wire) {
        return switch (wire.getReplyCase()) {
            case READINGS -> {
                Wire.Readings found = wire.getReadings();
                yield Optional.of(new LookupOutcome.Found(
                        found.getReadingsList().stream()
                                .map(CounterWire::fromWire)
                                .toList(),
                        found.getCaughtUp(),
                        found.getStale(),
                        found.getCountedOffset()));
            }
            case NOT_HERE -> Optional.empty();
            case REPLY_NOT_SET -> throw Scalars.unknown("reply", wire.getReplyCase());
        };
    }

    private static Wire.MeterReading toWire(MeterReading reading) {
        CounterState state = reading.state();
        Wire.MeterReading.Builder wire = Wire.MeterReading.newBuilder()
                .setMeter(reading.meter())
                .setEventCount(state.eventCount())
                .setSum(Scalars.toWire(state.sum()))
                .setDuplicateCount(state.duplicateCount())
                .setRejectedCount(state.rejectedCount())
                .setLastOffset(state.lastOffset());
        Optional.ofNullable(state.min()).map(Scalars::toWire).ifPresent(wire::setMin);
        Optional.ofNullable(state.max()).map(Scalars::toWire).ifPresent(wire::setMax);
        CounterState.Sample last = state.last();
        if (last != null) {
            wire.setLast(Wire.Sample.newBuilder()
                    .setQuantity(Scalars.toWire(last.quantity()))
                    .setEventTime(Scalars.micros(last.eventTime()))
                    .setAppendedAt(Scalars.micros(last.appendedAt())));
        }
        reading.cutAt().map(Scalars::micros).ifPresent(wire::setCutAt);
        reading.window()
                .ifPresent(window -> wire.setWindow(Wire.Window.newBuilder()
                        .setSize(toWire(window.size()))
                        .setStart(Scalars.micros(window.start()))
                        .setEnd(Scalars.micros(window.end()))));
        return wire.build();
    }

    private static MeterReading fromWire(Wire.MeterReading wire) {
        Optional<Window> window = wire.hasWindow()
                ? Optional.of(new Window(
                        fromWire(wire.getWindow().getSize()),
                        Scalars.instant(wire.getWindow().getStart()),
                        Scalars.instant(wire.getWindow().getEnd())))
                : Optional.empty();
        CounterState state = new CounterState(
                wire.getEventCount(),
                Scalars.fromWire(wire.getSum()),
                wire.hasMin() ? Scalars.fromWire(wire.getMin()) : null,
                wire.hasMax() ? Scalars.fromWire(wire.getMax()) : null,
                wire.hasLast()
                        ? new CounterState.Sample(
                                Scalars.fromWire(wire.getLast().getQuantity()),
                                Scalars.instant(wire.getLast().getEventTime()),
                                Scalars.instant(wire.getLast().getAppendedAt()))
                        : null,
                wire.getDuplicateCount(),
                wire.getRejectedCount(),
                wire.getLastOffset());
        return new MeterReading(
                wire.getMeter(),
                window,
                state,
                wire.hasCutAt() ? Optional.of(Scalars.instant(wire.getCutAt())) : Optional.empty());
    }

    private static Wire.WindowSize toWire(WindowSize size) {
        return switch (size) {
            case MINUTE -> Wire.WindowSize.MINUTE;
            case HOUR -> Wire.WindowSize.HOUR;
            case DAY -> Wire.WindowSize.DAY;
            case MONTH -> Wire.WindowSize.MONTH;
            case LIFETIME -> Wire.WindowSize.LIFETIME;
            case CYCLE -> Wire.WindowSize.CYCLE;
            case DAY_SINCE -> Wire.WindowSize.DAY_SINCE;
            case MONTH_SINCE -> Wire.WindowSize.MONTH_SINCE;
            case YEAR_SINCE -> Wire.WindowSize.YEAR_SINCE;
            case FLUSH -> Wire.WindowSize.FLUSH;
        };
    }

    private static WindowSize fromWire(Wire.WindowSize wire) {
        return switch (wire) {
            case MINUTE -> WindowSize.MINUTE;
            case HOUR -> WindowSize.HOUR;
            case DAY -> WindowSize.DAY;
            case MONTH -> WindowSize.MONTH;
            case LIFETIME -> WindowSize.LIFETIME;
            case CYCLE -> WindowSize.CYCLE;
            case DAY_SINCE -> WindowSize.DAY_SINCE;
            case MONTH_SINCE -> WindowSize.MONTH_SINCE;
            case YEAR_SINCE -> WindowSize.YEAR_SINCE;
            case FLUSH -> WindowSize.FLUSH;
            case WINDOW_SIZE_UNSPECIFIED, UNRECOGNIZED -> throw Scalars.unknown("window size", wire);
        };
    }
}
