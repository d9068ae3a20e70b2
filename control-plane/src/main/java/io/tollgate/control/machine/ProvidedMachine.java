package io.tollgate.control.machine;

/// A machine as its provider describes it.
///
/// @param providerId id given by the provider
/// @param appName the provider's group of machines that it is in
/// @param url where it is reached
/// @param ipAddress in the provider's network; empty if it tells none
public record ProvidedMachine(String providerId, String appName, String url, String ipAddress, String dockerImage) {
    /// Longest id in characters that is taken from a provider.
    public static final int ID_LENGTH_MAX = 100;

    public ProvidedMachine {
        boolean plain =
                providerId.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '-'));
        if (providerId.isEmpty() || providerId.length() > ID_LENGTH_MAX || !plain) {
            throw new IllegalArgumentException(
                    "a machine's id must have 1 to " + ID_LENGTH_MAX + " letters, digits, underscores and hyphens");
        }
    }
}
