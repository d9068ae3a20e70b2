package io.tollgate.billing.usage.postgres;

import io.tollgate.contract.SubjectKey;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Tenants that are in the database for certain, so that their events need not make them again. Forgets all when full:
/// then they are made again once, which changes nothing. Thread-safe.
final class KnownTenants {
    /// About 30 MB.
    private static final int SIZE_MAX = 200_000;

    private final Set<SubjectKey> tenants = ConcurrentHashMap.newKeySet();

    boolean contains(SubjectKey tenant) {
        return tenants.contains(tenant);
    }

    void addAll(Collection<SubjectKey> added) {
        if (tenants.size() + added.size() > SIZE_MAX) {
            tenants.clear();
        }
        tenants.addAll(added);
    }
}
