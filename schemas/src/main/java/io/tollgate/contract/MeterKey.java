package io.tollgate.contract;

/// Name of what is counted, unique within an organization, compared exactly.
public record MeterKey(String value) {
    /// Longest name in characters.
    public static final int MAX_LENGTH = 100;

    public MeterKey {
        Text.named("meter", value, MAX_LENGTH);
    }

    @Override
    public String toString() {
        return value;
    }
}
