package io.tollgate.ingest.proxy;

import java.net.URI;

/// What an operator sets about the proxy.
///
/// @param own `TOLLGATE_URL`: address under which this system is reached, for loop detection
/// @param authorizesDomains `PROXY_DOMAIN_AUTHORIZATION`: whether a target's host must list the organization
public record ProxyConfig(URI own, boolean authorizesDomains) {}
