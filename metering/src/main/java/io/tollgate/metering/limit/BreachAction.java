package io.tollgate.metering.limit;

import java.util.Arrays;
import java.util.Optional;

/// What a breach of a plan limit does. Recording goes on whatever it is.
public enum BreachAction {
    /// Proxy and check refuse.
    DENY("deny"),
    /// Passes; what is above the limit is reported for billing.
    ALLOW_OVERAGE("allow_overage"),
    /// Passes; the breach is told to the limit's own URLs too.
    WEBHOOK("webhook"),
    /// Passes; a machine is asked for.
    SCALE("scale"),
    /// Passes in silence.
    ALLOW("allow"),
    /// Passes in silence: the limit is only shown.
    DISABLED("disabled");

    /// A published second word for [#DENY].
    private static final String DENY_ALIAS = "block";

    private final String word;

    BreachAction(String word) {
        this.word = word;
    }

    /// Whether proxy and check refuse while the limit is breached.
    public boolean denies() {
        return this == DENY;
    }

    /// Whether a crossing is told.
    public boolean signals() {
        return switch (this) {
            case DENY, ALLOW_OVERAGE, WEBHOOK, SCALE -> true;
            case ALLOW, DISABLED -> false;
        };
    }

    /// As it is written in answers.
    public String word() {
        return word;
    }

    /// The action written `word`, compared exactly; `block` is `deny`.
    public static Optional<BreachAction> ofWord(String word) {
        return word.equals(DENY_ALIAS)
                ? Optional.of(DENY)
                : Arrays.stream(values())
                        .filter(action -> action.word.equals(word))
                        .findFirst();
    }
}
