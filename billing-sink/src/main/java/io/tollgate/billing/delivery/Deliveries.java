package io.tollgate.billing.delivery;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import java.util.List;
import java.util.Optional;

/// The deliveries of an organization, to look at and to send again. Thread-safe.
public interface Deliveries {
    /// @param limit most rows of the page
    /// @param after the last one seen
    record Query(
            OrganizationId organizationId,
            Optional<String> endpointId,
            Optional<DeliveryStatus> status,
            int limit,
            Optional<TimeCursor> after) {}

    /// Deliveries, newest first.
    ///
    /// @param next where the next page begins; empty at the end
    record Page(List<StoredDelivery> deliveries, Optional<TimeCursor> next) {
        public Page {
            deliveries = List.copyOf(deliveries);
        }
    }

    Page list(Query query);

    /// Makes the organization's delivery due at once, with all its attempts before it, whatever became of it; answers
    /// it
    /// as it is then.
    Optional<StoredDelivery> retry(OrganizationId organizationId, String id);
}
