package io.tollgate.control.member;

import io.tollgate.contract.access.MemberRole;
import io.tollgate.control.account.User;
import java.time.Instant;

/// A user in an organization. The member's id is the user's, who is one once.
///
/// @param createdAt when the user joined
public record Member(User user, MemberRole role, Instant createdAt) {}
