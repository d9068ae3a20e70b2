package io.tollgate.control.provider;

import io.tollgate.contract.OrganizationId;
import java.util.Optional;

/// Whose endpoint an event came to.
///
/// @param organizationId absent: the installation's own
public record EventSource(Optional<OrganizationId> organizationId) {
    public static final EventSource PLATFORM = new EventSource(Optional.empty());

    private static final String PLATFORM_WORD = "platform";

    public static EventSource of(OrganizationId organizationId) {
        return new EventSource(Optional.of(organizationId));
    }

    /// As it is stored.
    public String word() {
        return organizationId.map(OrganizationId::value).orElse(PLATFORM_WORD);
    }

    public static EventSource ofWord(String word) {
        return word.equals(PLATFORM_WORD) ? PLATFORM : of(new OrganizationId(word));
    }
}
