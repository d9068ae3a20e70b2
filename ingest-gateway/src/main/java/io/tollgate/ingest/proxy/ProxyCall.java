package io.tollgate.ingest.proxy;

import io.tollgate.contract.TenantId;
import io.tollgate.metering.quantity.Quantity;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// What a caller asks to be forwarded.
///
/// @param tenantId whose limits are tested; absent: the organization's own metric is
/// @param meter what is tested; empty: every plan limit of the tenant
/// @param target absolute, `http` or `https`
/// @param method upper case
/// @param headers as sent by the caller, by name
/// @param count reserved before, recorded after
/// @param idempotencyKey of what `count` records
/// @param timeout from the connection to the last byte of the answer
public record ProxyCall(
        Optional<TenantId> tenantId,
        String meter,
        URI target,
        String method,
        Map<String, String> headers,
        Optional<String> body,
        Optional<Quantity> count,
        Optional<String> idempotencyKey,
        Duration timeout) {
    public static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(30);
    public static final Duration TIMEOUT_MIN = Duration.ofMillis(100);
    public static final Duration TIMEOUT_MAX = Duration.ofSeconds(60);

    /// Headers of one call.
    public static final int HEADERS_MAX = 100;

    /// Longest URL in characters.
    public static final int URL_LENGTH_MAX = 8_192;

    public ProxyCall {
        headers = Map.copyOf(headers);
    }

    /// Whether every plan limit of the tenant is tested.
    public boolean testsAll() {
        return meter.isEmpty();
    }
}
