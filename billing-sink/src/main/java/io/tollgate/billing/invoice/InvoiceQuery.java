package io.tollgate.billing.invoice;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import java.time.Instant;
import java.util.Optional;

/// Which invoices a list shows, newest first.
///
/// @param from of periods that end after it
/// @param before of periods that start before it
/// @param limit most rows
/// @param after the last one seen
public record InvoiceQuery(
        OrganizationId organizationId,
        Optional<String> tenantId,
        Optional<InvoiceStatus> status,
        Optional<Instant> from,
        Optional<Instant> before,
        int limit,
        Optional<TimeCursor> after) {}
