package io.tollgate.billing.invoice.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.rating.PriceList;
import org.jdbi.v3.core.Handle;

/// The prices of organizations, in the same database.
public interface PriceReads {
    /// What may price any meter for the buyer, at whatever time, as the transaction of `handle` sees it.
    PriceList pricesFor(Handle handle, OrganizationId organizationId, PriceList.Buyer buyer);
}
