package io.tollgate.server.registry;

/// Where facts are kept. `append` returns when the fact is durable; if it throws, the fact may or may not be stored,
/// and nothing more may be appended. Called by one thread at a time.
@FunctionalInterface
public interface FactLog {
    void append(RegistryFact fact);
}
