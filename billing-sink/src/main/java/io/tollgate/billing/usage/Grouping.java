package io.tollgate.billing.usage;

import io.tollgate.billing.usage.Dimension.Day;
import io.tollgate.billing.usage.Dimension.EventType;
import io.tollgate.billing.usage.Dimension.Metadata;
import io.tollgate.billing.usage.Dimension.Tenant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// What the rows of a usage query stand for: one for each combination of the dimensions' names.
public record Grouping(List<Dimension> dimensions) {
    /// Most members of metadata in one grouping: each multiplies the rows.
    public static final int METADATA_MAX = 2;

    /// Longest name of a member of metadata, as events may have it.
    static final int KEY_LENGTH_MAX = 100;

    public static final Grouping BY_METER = new Grouping(List.of(new EventType()));

    public Grouping {
        dimensions = List.copyOf(dimensions);
        if (dimensions.isEmpty()) {
            throw new IllegalArgumentException("rows are told apart by something");
        }
    }

    /// Reads a comma list.
    ///
    /// @return empty if it is none of known words, each once, with at most [#METADATA_MAX] members of metadata
    public static Optional<Grouping> ofWords(String text) {
        List<Optional<Dimension>> read =
                Arrays.stream(text.split(",", -1)).map(Grouping::dimension).toList();
        if (read.stream().anyMatch(Optional::isEmpty)) {
            return Optional.empty();
        }
        List<Dimension> dimensions = read.stream().flatMap(Optional::stream).toList();
        boolean repeated = new HashSet<>(dimensions).size() < dimensions.size();
        long metadata = dimensions.stream().filter(Metadata.class::isInstance).count();
        return repeated || metadata > METADATA_MAX ? Optional.empty() : Optional.of(new Grouping(dimensions));
    }

    private static Optional<Dimension> dimension(String word) {
        return switch (word.strip()) {
            case "event_type" -> Optional.of(new EventType());
            case "tenant" -> Optional.of(new Tenant());
            case "day" -> Optional.of(new Day());
            default -> metadataKey(word.strip()).map(Metadata::new);
        };
    }

    /// The member that `metadata.<key>` names.
    public static Optional<String> metadataKey(String word) {
        if (!word.startsWith(Metadata.PREFIX)) {
            return Optional.empty();
        }
        String key = word.substring(Metadata.PREFIX.length());
        boolean valid = !key.isEmpty() && key.length() <= KEY_LENGTH_MAX && key.indexOf('\0') < 0;
        return valid ? Optional.of(key) : Optional.empty();
    }

    public boolean byMeter() {
        return dimensions.contains(new EventType());
    }

    public boolean byTenant() {
        return dimensions.contains(new Tenant());
    }

    public boolean byDay() {
        return dimensions.contains(new Day());
    }

    public boolean byMetadata() {
        return dimensions.stream().anyMatch(Metadata.class::isInstance);
    }

    /// The name that a row has in `dimension`, if rows are told apart by it.
    Optional<String> nameIn(Dimension dimension, RowKey row) {
        int place = dimensions.indexOf(dimension);
        return place < 0 ? Optional.empty() : Optional.of(row.names().get(place));
    }
}
