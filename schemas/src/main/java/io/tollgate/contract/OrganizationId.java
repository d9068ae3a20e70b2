package io.tollgate.contract;

import java.util.UUID;

/// Who holds the account: `biz_` and a UUID when made by the server.
public record OrganizationId(String value) {
    /// Longest id in characters; server-made ids have 40.
    public static final int MAX_LENGTH = 100;

    public OrganizationId {
        Text.named("organization id", value, MAX_LENGTH);
        if (value.indexOf('/') >= 0) {
            throw new IllegalArgumentException("organization id must not contain '/'");
        }
    }

    public static OrganizationId of(UUID uuid) {
        return new OrganizationId("biz_" + uuid);
    }

    @Override
    public String toString() {
        return value;
    }
}
