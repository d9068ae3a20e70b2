package io.tollgate.billing.usage;

import java.util.List;

/// Only events whose member `key` of metadata has, as text, one of the values.
public record MetadataFilter(String key, List<String> values) {
    public MetadataFilter {
        values = List.copyOf(values);
    }
}
