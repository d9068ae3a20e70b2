package io.tollgate.server.config;

import java.util.List;

/// One or more settings are missing, unknown or out of bounds. Carries all problems found, so that one start shows
/// everything there is to change.
public final class InvalidSettingsException extends CannotStartException {
    private static final long serialVersionUID = 1L;

    private final List<String> problems;

    public InvalidSettingsException(List<String> problems) {
        super(sentence(problems));
        this.problems = List.copyOf(problems);
    }

    /// Each problem as a complete sentence that begins with the setting's name; never contains a secret's value.
    public List<String> problems() {
        return problems;
    }

    private static String sentence(List<String> problems) {
        if (problems.size() == 1) {
            return "The configuration cannot be used: " + problems.getFirst();
        }
        return "The configuration cannot be used, for " + problems.size() + " reasons:\n  - "
                + String.join("\n  - ", problems);
    }
}
