package io.tollgate.control.simulation;

import io.tollgate.contract.OrganizationId;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collection;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Simulations that wait, for those who work at them. Thread-safe, also against other processes.
public interface SimulationQueue {
    /// How long one is held without a sign of life; then another process takes it up.
    Duration HELD = Duration.ofSeconds(20);

    /// Of one that keeps killing its workers nobody takes up a fourth attempt.
    int ATTEMPTS_MAX = 3;

    /// One that is held by whoever took it.
    ///
    /// @param until when the hold ends, which also tells it from other holds
    record Held(
            String id,
            OrganizationId organizationId,
            Question question,
            ZoneId zone,
            Currency currency,
            Instant until) {}

    /// Takes up the oldest that nobody works at, unless another of its organization is worked at.
    Optional<Held> take();

    /// Holds it for longer and says how far it is; absent if it is somebody else's by now.
    Optional<Held> hold(Held held, int tenantsDone);

    /// Who pays, of `tenants`; those that do not exist are left out.
    Map<String, Payer> payers(OrganizationId organizationId, Collection<String> tenants);

    /// Stores the answer; nothing happens if it is somebody else's by now.
    void complete(Held held, List<Totals> totals);

    /// Ends it without an answer; likewise.
    void fail(Held held, String error);
}
