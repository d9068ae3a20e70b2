package io.tollgate.control.plan;

/// What names a plan: its id, or else its name.
public final class PlanRef {
    /// Longest id or name of a plan in characters.
    private static final int LENGTH_MAX = 100;

    private PlanRef() {}

    /// @throws IllegalArgumentException if no plan can have it
    public static String read(String text) {
        if (text.length() > LENGTH_MAX || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("must be the id or name of a plan");
        }
        return text;
    }
}
