package io.tollgate.control.member;

import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Principal;

/// As what a change to a team is made.
public sealed interface ActingAs {
    /// A key of the organization. It acts as an ADMIN does, for nobody but a person who is one makes owners.
    record Key() implements ActingAs {}

    /// A user. What they are in the organization is asked in the transaction of the change: by then it may no longer be
    /// what it was when the request began.
    record Person(UserId userId) implements ActingAs {}

    /// As what somebody acts who may change the organization's team.
    static ActingAs of(Principal principal) {
        return principal instanceof Principal.Member member ? new Person(member.userId()) : new Key();
    }
}
