package io.tollgate.billing.usage;

import java.util.Optional;

/// What rows of usage may be told apart by.
public sealed interface Dimension {
    /// As it is written in `group_by`, and for metadata also the name of the member and column that shows it.
    String word();

    /// What a row shows for a name that the store sorts by; empty where there is nothing to show.
    default Optional<String> shown(String name) {
        return Optional.of(name);
    }

    /// The meter.
    record EventType() implements Dimension {
        @Override
        public String word() {
            return "event_type";
        }
    }

    /// The tenant; usage of other subjects is left out.
    record Tenant() implements Dimension {
        @Override
        public String word() {
            return "tenant";
        }
    }

    /// The calendar day of the event time.
    record Day() implements Dimension {
        @Override
        public String word() {
            return "day";
        }
    }

    /// The value of a member of the metadata, as text. Events without it are a row of their own. A name is the value
    /// with [#PRESENT] before it, or nothing: so what is absent has a place in the order, and differs from what is
    /// empty.
    record Metadata(String key) implements Dimension {
        public static final String PREFIX = "metadata.";

        /// Stands before a value that is there.
        public static final String PRESENT = "=";

        @Override
        public String word() {
            return PREFIX + key;
        }

        @Override
        public Optional<String> shown(String name) {
            return name.startsWith(PRESENT) ? Optional.of(name.substring(PRESENT.length())) : Optional.empty();
        }
    }
}
