package io.tollgate.billing.delivery;

import java.util.List;

/// How one delivery is signed.
public sealed interface Signing {
    /// With these secrets, the current one first. None: the organization has no secret for bare URLs, and the message
    /// goes unsigned.
    record With(List<String> secrets) implements Signing {
        public With {
            secrets = List.copyOf(secrets);
        }

        @Override
        public String toString() {
            return "With[" + secrets.size() + " secrets]";
        }
    }

    /// The secret cannot be read; the attempt fails.
    record Unreadable(String why) implements Signing {}
}
