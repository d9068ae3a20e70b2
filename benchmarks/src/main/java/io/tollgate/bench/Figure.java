package io.tollgate.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One measured figure and, where there is one, the limit it is held against.
///
/// @param measurement the measurement it belongs to, as `--only` names it
/// @param what is measured, in words
/// @param limitName what the limit is
/// @param lag greatest number of events that were behind when a round's load ended; empty where nothing can lag
/// @param target what it should reach, in words; empty if nothing is asked
public record Figure(
        String measurement,
        String what,
        String unit,
        List<Double> rounds,
        String limitName,
        List<Double> limits,
        Optional<Long> lag,
        String target) {
    public Figure {
        rounds = List.copyOf(rounds);
        limits = List.copyOf(limits);
    }

    public static Figure of(String measurement, String what, String unit, List<Double> rounds) {
        return new Figure(measurement, what, unit, rounds, "", List.of(), Optional.empty(), "");
    }

    public Figure against(String name, List<Double> values) {
        return new Figure(measurement, what, unit, rounds, name, values, lag, target);
    }

    public Figure behind(List<Long> lags) {
        return new Figure(
                measurement,
                what,
                unit,
                rounds,
                limitName,
                limits,
                lags.stream().max(Long::compare),
                target);
    }

    public Figure aimingAt(String words) {
        return new Figure(measurement, what, unit, rounds, limitName, limits, lag, words);
    }

    public Summary summary() {
        return Summary.of(rounds);
    }

    public Optional<Summary> limit() {
        return limits.isEmpty() ? Optional.empty() : Optional.of(Summary.of(limits));
    }

    public Optional<Summary> ratio() {
        return limits.isEmpty() ? Optional.empty() : Optional.of(Summary.ofRatios(rounds, limits));
    }

    /// Gathers the rounds of one figure and of its limit.
    static final class Rounds {
        final List<Double> values = new ArrayList<>();
        final List<Double> limits = new ArrayList<>();
        final List<Long> lags = new ArrayList<>();
    }
}
