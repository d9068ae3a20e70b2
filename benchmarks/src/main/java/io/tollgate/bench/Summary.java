package io.tollgate.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// What several rounds of one measurement gave.
///
/// @param median the middle value; of an even number of rounds, the mean of the middle two
public record Summary(double median, double min, double max) {
    public Summary {
        if (!(min <= median && median <= max)) {
            throw new IllegalArgumentException("a median lies between the least and the greatest value");
        }
    }

    public static Summary of(List<Double> rounds) {
        if (rounds.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        double[] sorted =
                rounds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Summary(median, sorted[0], sorted[sorted.length - 1]);
    }

    /// Of the quotients, round by round: what slows both alike cancels out.
    public static Summary ofRatios(List<Double> values, List<Double> limits) {
        if (values.size() != limits.size()) {
            throw new IllegalArgumentException("every round has its own limit");
        }
        return of(IntStream.range(0, values.size())
                .mapToObj(i -> values.get(i) / limits.get(i))
                .toList());
    }

    /// The smallest of `values` that at least the share `quantile` of them does not exceed.
    public static double percentile(double[] values, double quantile) {
        if (values.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int rank = (int) Math.ceil(quantile * sorted.length);
        return sorted[Math.clamp(rank - 1, 0, sorted.length - 1)];
    }
}
