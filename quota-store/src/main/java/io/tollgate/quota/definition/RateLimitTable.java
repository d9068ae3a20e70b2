package io.tollgate.quota.definition;

import io.tollgate.contract.OrganizationId;
import io.tollgate.definition.RateLimitDefinition;
import io.tollgate.metering.ratelimit.RateLimit;
import io.tollgate.metering.ratelimit.RouteKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The rate limits of organizations and of their keys. Any thread looks up; one thread changes.
final class RateLimitTable {
    /// @param kinds of the requests that it counts
    record Row(OrganizationId organizationId, RateLimit limit, Set<RouteKind> kinds) {
        private String key() {
            return limit.keyId().orElse(OF_ORGANIZATION);
        }

        private boolean covers(RouteKind kind) {
            return kinds.contains(kind) || kinds.contains(RouteKind.ALL);
        }
    }

    private static final String OF_ORGANIZATION = "";

    /// By organization, then by key.
    private final Map<OrganizationId, Map<String, Row>> limits = new ConcurrentHashMap<>();

    private final Map<String, Row> rows = new HashMap<>();
    private volatile int size;

    /// The organization's own first.
    List<RateLimit> find(OrganizationId organizationId, String keyId, RouteKind kind) {
        Map<String, Row> ofOrganization = limits.get(organizationId);
        if (ofOrganization == null) {
            return List.of();
        }
        List<RateLimit> found = new ArrayList<>(2);
        add(found, ofOrganization.get(OF_ORGANIZATION), kind);
        add(found, ofOrganization.get(keyId), kind);
        return found;
    }

    private static void add(List<RateLimit> found, @Nullable Row row, RouteKind kind) {
        if (row != null && row.covers(kind)) {
            found.add(row.limit());
        }
    }

    int size() {
        return size;
    }

    void apply(String rateLimitId, @Nullable RateLimitDefinition definition) {
        Row now = definition == null ? null : RateLimitAvro.fromAvro(definition);
        Row before = now == null ? rows.remove(rateLimitId) : rows.put(rateLimitId, now);
        if (now != null) {
            limits.computeIfAbsent(now.organizationId(), id -> new ConcurrentHashMap<>())
                    .put(now.key(), now);
        }
        if (before != null && (now == null || !samePlace(before, now))) {
            remove(before);
        }
        size = rows.size();
    }

    private static boolean samePlace(Row one, Row other) {
        return one.organizationId().equals(other.organizationId()) && one.key().equals(other.key());
    }

    private void remove(Row row) {
        Map<String, Row> ofOrganization = limits.get(row.organizationId());
        if (ofOrganization != null) {
            ofOrganization.remove(row.key(), row);
            if (ofOrganization.isEmpty()) {
                limits.remove(row.organizationId());
            }
        }
    }
}
