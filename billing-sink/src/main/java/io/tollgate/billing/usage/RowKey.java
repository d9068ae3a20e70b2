package io.tollgate.billing.usage;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What tells a row of usage apart from the others, and its place among them: by the names in turn, then by window.
///
/// @param names one per dimension
/// @param window start of the row's window; absent where usage is not divided into windows
public record RowKey(List<String> names, Optional<Instant> window) {
    /// No name holds it.
    private static final char SEPARATOR = '\0';

    /// As the store sorts: by the bytes of UTF-8.
    static final Comparator<List<String>> BY_NAMES = (one, other) -> {
        for (int i = 0; i < one.size(); i++) {
            int order = Arrays.compareUnsigned(
                    one.get(i).getBytes(StandardCharsets.UTF_8), other.get(i).getBytes(StandardCharsets.UTF_8));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    };

    public RowKey {
        names = List.copyOf(names);
    }

    /// As an opaque cursor.
    public String toText() {
        List<String> parts = new ArrayList<>(names);
        parts.add(window.map(Instant::toString).orElse(""));
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(String.join(String.valueOf(SEPARATOR), parts).getBytes(StandardCharsets.UTF_8));
    }

    /// Reads what [#toText()] wrote for a row of the same kind.
    ///
    /// @throws IllegalArgumentException for anything else
    public static RowKey fromText(String text, int dimensions, boolean windowed) {
        String joined = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
        List<String> parts = List.of(joined.split(String.valueOf(SEPARATOR), -1));
        if (parts.size() != dimensions + 1 || parts.getLast().isEmpty() == windowed) {
            throw new IllegalArgumentException("not a cursor of this list");
        }
        try {
            Optional<Instant> window = windowed ? Optional.of(Instant.parse(parts.getLast())) : Optional.empty();
            window.ifPresent(start -> Storable.time("cursor", start));
            return new RowKey(parts.subList(0, dimensions), window);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not a cursor of this list", e);
        }
    }
}
