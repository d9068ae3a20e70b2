package io.tollgate.server.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;

/// What a subject's next schema must be able to do with its earlier ones. The words are the API's.
public enum Compatibility {
    NONE(false, false, false),
    /// Readers with the new schema read what the last one wrote.
    BACKWARD(true, false, false),
    BACKWARD_TRANSITIVE(true, false, true),
    /// Readers with the last schema read what the new one writes.
    FORWARD(false, true, false),
    FORWARD_TRANSITIVE(false, true, true),
    FULL(true, true, false),
    FULL_TRANSITIVE(true, true, true);

    private final boolean newReadsOld;
    private final boolean oldReadsNew;
    private final boolean transitive;

    Compatibility(boolean newReadsOld, boolean oldReadsNew, boolean transitive) {
        this.newReadsOld = newReadsOld;
        this.oldReadsNew = oldReadsNew;
        this.transitive = transitive;
    }

    public static Optional<Compatibility> named(String word) {
        for (var level : values()) {
            if (level.name().equals(word.toUpperCase(Locale.ROOT))) {
                return Optional.of(level);
            }
        }
        return Optional.empty();
    }

    /// Why `candidate` may not follow `earlier` (oldest first); empty if it may.
    List<String> objections(Schema candidate, List<Schema> earlier) {
        var compared = transitive || earlier.isEmpty() ? earlier : List.of(earlier.getLast());
        return compared.stream()
                .flatMap(old -> objections(candidate, old).stream())
                .distinct()
                .toList();
    }

    /// As above against one schema, whatever its place.
    List<String> objections(Schema candidate, Schema old) {
        List<String> objections = new ArrayList<>();
        if (newReadsOld) {
            objections.addAll(mismatches("the new schema cannot read the old one", candidate, old));
        }
        if (oldReadsNew) {
            objections.addAll(mismatches("the old schema cannot read the new one", old, candidate));
        }
        return objections;
    }

    private static List<String> mismatches(String what, Schema reader, Schema writer) {
        var result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getResult();
        if (result.getCompatibility() == SchemaCompatibilityType.COMPATIBLE) {
            return List.of();
        }
        return result.getIncompatibilities().stream()
                .map(i -> what + ": " + i.getType() + " at " + i.getLocation() + ", " + i.getMessage())
                .toList();
    }
}
