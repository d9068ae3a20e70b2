package io.tollgate.contract;

/// The organization's own customer, named by the organization; unique within it, compared exactly.
public record TenantId(String value) {
    /// Longest id in characters.
    public static final int MAX_LENGTH = 100;

    public TenantId {
        Text.named("tenant id", value, MAX_LENGTH);
    }

    @Override
    public String toString() {
        return value;
    }
}
