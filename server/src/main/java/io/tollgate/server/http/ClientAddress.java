package io.tollgate.server.http;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.tollgate.contract.access.Networks;
import io.tollgate.control.account.http.ClientAddresses;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The address a request comes from. What proxies say in headers counts only if the peer of the connection is a trusted
/// proxy itself: the right-most entry of `X-Forwarded-For` that is no such proxy, else `X-Real-IP`, else
/// `Fly-Client-IP`. Addresses have one spelling here, whichever they were written with.
public final class ClientAddress implements ClientAddresses {
    private static final List<String> SINGLE = List.of("X-Real-IP", "Fly-Client-IP");

    private final Networks trusted;

    /// @param trusted proxies whose headers are believed
    public ClientAddress(Networks trusted) {
        this.trusted = trusted;
    }

    @Override
    public String of(HttpRequest<?> request) {
        InetSocketAddress socket = request.getRemoteAddress();
        return of(
                socket.getAddress() == null
                        ? socket.getHostString()
                        : socket.getAddress().getHostAddress(),
                request.getHeaders());
    }

    String of(String connected, HttpHeaders headers) {
        String peer = Networks.addressOf(connected).orElse(connected);
        if (!trusted.contain(peer)) {
            return peer;
        }
        return forwarded(headers)
                .or(() -> SINGLE.stream()
                        .flatMap(header ->
                                Optional.ofNullable(headers.get(header)).flatMap(Networks::addressOf).stream())
                        .findFirst())
                .orElse(peer);
    }

    private Optional<String> forwarded(HttpHeaders headers) {
        List<String> hops = new ArrayList<>();
        headers.getAll("X-Forwarded-For").forEach(line -> hops.addAll(List.of(line.split(","))));
        for (String hop : hops.reversed()) {
            Optional<String> address = Networks.addressOf(hop);
            if (address.isEmpty() && !hop.isBlank()) {
                // Whoever wrote it is no proxy of ours, so nothing to its left can be believed either.
                return Optional.empty();
            }
            if (address.isPresent() && !trusted.contain(address.get())) {
                return address;
            }
        }
        return Optional.empty();
    }
}
