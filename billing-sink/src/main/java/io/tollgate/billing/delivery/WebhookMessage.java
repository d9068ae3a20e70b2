package io.tollgate.billing.delivery;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.webhook.WebhookType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Something an organization is told of: at its endpoints that want the type, and at `urls` besides.
///
/// @param cause what made it happen, unique within organization and type: raised twice, it is stored once
/// @param data the member `data` of the body, as JSON
/// @param urls bare URLs, signed with the organization's `webhook_secret` credential
public record WebhookMessage(
        OrganizationId organizationId,
        Optional<TenantId> tenantId,
        WebhookType type,
        String cause,
        String data,
        Instant raisedAt,
        List<String> urls) {
    /// More are not listed by any limit; bounds the rows of one message.
    public static final int URLS_MAX = 20;

    public WebhookMessage {
        if (urls.size() > URLS_MAX) {
            throw new IllegalArgumentException("a message goes to at most " + URLS_MAX + " bare URLs");
        }
        urls = List.copyOf(urls);
    }
}
