package io.tollgate.control.session;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.secret.RandomToken;
import java.util.List;
import java.util.Optional;

/// The sessions of users, and what users are where. Every look-up sees what was committed before it, whichever instance
/// committed it: a role that is taken away or a session that is ended is gone with the next request. Thread-safe.
public interface Sessions {
    /// The session of a token, if it has not ended. Its end is put off once a day.
    Optional<Used> use(RandomToken token);

    /// @param renewed whether this use put off its end
    record Used(Session session, boolean renewed) {}

    /// Ends the session of a token; one that is unknown has ended already.
    void end(RandomToken token);

    /// The user's memberships in organizations that exist; with `told` in that one alone.
    ///
    /// @param limit most memberships that are answered
    List<Membership> memberships(UserId userId, Optional<OrganizationId> told, int limit);
}
