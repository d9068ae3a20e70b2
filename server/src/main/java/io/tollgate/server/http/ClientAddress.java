package io.tollgate.server.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.contract.access.Networks;
import java.net.InetSocketAddress;
import java.util.List;

/// The address a request comes from. What proxies say in headers counts only if the peer of the connection is a trusted
/// proxy itself: the right-most entry of `X-Forwarded-For` that is no such proxy, else `X-Real-IP`, else
/// `Fly-Client-IP`.
public final class ClientAddress {
    /// Loopback and private networks, from which no stranger connects.
    public static final List<String> TRUSTED =
            List.of("127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7");

    private static final List<String> SINGLE = List.of("X-Real-IP", "Fly-Client-IP");

    private final Networks trusted;

    /// @param trusted proxies whose headers are believed
    public ClientAddress(Networks trusted) {
        this.trusted = trusted;
    }

    String of(HttpRequest<?> request) {
        InetSocketAddress socket = request.getRemoteAddress();
        String peer = socket.getAddress() == null
                ? socket.getHostString()
                : socket.getAddress().getHostAddress();
        if (!trusted.contain(peer)) {
            return peer;
        }
        List<String> hops = request.getHeaders().getAll("X-Forwarded-For").stream()
                .flatMap(line -> List.of(line.split(",", -1)).stream())
                .map(String::strip)
                .filter(hop -> !hop.isEmpty())
                .toList();
        for (String hop : hops.reversed()) {
            if (!trusted.contain(hop)) {
                return hop;
            }
        }
        for (String header : SINGLE) {
            String named = request.getHeaders().get(header);
            if (named != null && !named.isBlank()) {
                return named.strip();
            }
        }
        return peer;
    }
}
