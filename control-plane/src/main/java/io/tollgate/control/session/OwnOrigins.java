package io.tollgate.control.session;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Where pages come from that may act with the cookie of a session: this installation's own address, and those that the
/// operator trusts like it.
public final class OwnOrigins {
    private final URI app;
    private final Set<String> origins;

    /// @param app address under which people reach this installation
    /// @param trusted origins of other pages, such as `https://console.example.com`
    public OwnOrigins(URI app, List<URI> trusted) {
        this.app = app;
        Set<String> all = new HashSet<>();
        all.add(origin(app));
        trusted.forEach(one -> all.add(origin(one)));
        this.origins = Set.copyOf(all);
    }

    /// Whether the address, or the origin, of a page is one of these.
    public boolean own(String address) {
        return parsed(address).filter(uri -> origins.contains(origin(uri))).isPresent();
    }

    /// Whether people come by https, so that cookies must not travel otherwise.
    public boolean secure() {
        return "https".equalsIgnoreCase(app.getScheme());
    }

    /// The address of a page of this installation that is opened with a token.
    public String link(String path, String token) {
        return withToken(app + path, token);
    }

    /// As [#link], for a page that the caller chose: a path of this installation, or an address of an own origin. Empty
    /// if it is neither.
    public Optional<String> chosenLink(String chosen, String token) {
        return parsed(chosen)
                .map(uri -> app.resolve(uri))
                .filter(uri -> origins.contains(origin(uri)) && uri.getRawFragment() == null)
                .map(uri -> withToken(uri.toString(), token));
    }

    private static String withToken(String address, String token) {
        return address + (address.indexOf('?') < 0 ? "?" : "&") + "token=" + token;
    }

    private static Optional<URI> parsed(String address) {
        try {
            return Optional.of(new URI(address));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    // Scheme, host and port, where they differ from what the scheme implies (RFC 6454).
    private static String origin(URI uri) {
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
        boolean usual = uri.getPort() < 0
                || scheme.equals("http") && uri.getPort() == 80
                || scheme.equals("https") && uri.getPort() == 443;
        return scheme + "://" + host + (usual ? "" : ":" + uri.getPort());
    }
}
