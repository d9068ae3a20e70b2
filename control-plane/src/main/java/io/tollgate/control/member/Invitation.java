package io.tollgate.control.member;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.control.account.EmailAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/// That somebody may become a member.
///
/// @param email who it is for
/// @param expiresAt from then on, inclusive, it is refused
public record Invitation(
        UUID id,
        OrganizationId organizationId,
        EmailAddress email,
        MemberRole role,
        Instant createdAt,
        Instant expiresAt) {
    public static final Duration LASTS = Duration.ofDays(7);

    public boolean expired(Instant now) {
        return !now.isBefore(expiresAt);
    }
}
