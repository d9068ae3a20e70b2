package io.tollgate.billing.delivery;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;

/// A delivery that a sender has in hand until `claimedUntil`.
///
/// @param attempts attempts that came to an end before
/// @param body what is posted
public record DueDelivery(
        String id,
        String messageId,
        OrganizationId organizationId,
        String type,
        String url,
        int attempts,
        byte[] body,
        Signing signing,
        Instant claimedUntil) {}
