package io.tollgate.contract.outbound;

import inet.ipaddr.AddressStringException;
import inet.ipaddr.IPAddress;
import inet.ipaddr.IPAddressString;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Which places outgoing requests may reach: any on the open internet, and of the others those that the operator has
/// listed in `PROXY_ALLOWED_TARGETS`. Two questions are asked: of the URL before a name is looked up, and of each
/// address before a connection is made to exactly it; asking only the first lets a name point inwards later.
///
/// User info and the ports 0, 22 and 25 are refused in listed places too: nothing there speaks HTTP. Immutable.
public final class OutboundTargets {
    /// More entries than these are better written as networks; bounds the work per check.
    public static final int ENTRIES_MAX = 200;

    private static final Set<Integer> PORTS_REFUSED = Set.of(0, 22, 25);
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final int PORT_MAX = 65_535;
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*");
    private static final int NAME_LENGTH_MAX = 253;

    /// Port of an entry without one: it stands for all.
    private static final int ANY_PORT = -1;

    private final List<IPAddress> networks;
    private final Set<Place> places;

    /// `host` is a lower-case name, or an address in the one form of [#canonical].
    private record Place(String host, int port) {}

    private OutboundTargets(List<IPAddress> networks, Set<Place> places) {
        this.networks = List.copyOf(networks);
        this.places = Set.copyOf(places);
    }

    /// Nothing but the open internet.
    public static OutboundTargets publicOnly() {
        return new OutboundTargets(List.of(), Set.of());
    }

    /// The entries of `PROXY_ALLOWED_TARGETS`: hosts, `host:port` and networks (`10.1.0.0/16`), separated by commas. A
    /// host is a name or an address; an IPv6 address with a port stands in brackets. Throws IllegalArgumentException
    /// with the rest of a sentence that begins with the setting's name.
    public static OutboundTargets parse(String text) {
        List<IPAddress> networks = new ArrayList<>();
        Set<Place> places = new HashSet<>();
        for (String part : text.split(",", -1)) {
            String entry = part.strip();
            if (entry.contains("/")) {
                networks.add(network(entry));
            } else if (!entry.isEmpty()) {
                places.add(place(entry));
            }
        }
        if (networks.size() + places.size() > ENTRIES_MAX) {
            throw new IllegalArgumentException("must have at most " + ENTRIES_MAX + " entries");
        }
        return new OutboundTargets(networks, places);
    }

    /// Judges what a URL alone tells: scheme, user info, port, and the address if its host is one.
    public TargetVerdict check(URI target) {
        String scheme = target.getScheme() == null ? "" : target.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            return new TargetVerdict.Refused("must begin with http:// or https://");
        }
        if (target.getHost() == null || target.getHost().isEmpty()) {
            return new TargetVerdict.Refused("names no host");
        }
        if (target.getRawUserInfo() != null) {
            return new TargetVerdict.Refused("contains user info");
        }
        int port = port(target);
        if (PORTS_REFUSED.contains(port) || port > PORT_MAX) {
            return new TargetVerdict.Refused("has port " + port + ", which is not allowed");
        }
        Optional<InetAddress> literal = literal(target.getHost());
        return literal.isPresent() ? check(target, literal.get()) : new TargetVerdict.Allowed();
    }

    /// Judges an address that the host of `target` was resolved to. To be asked of every address that a connection is
    /// made to.
    public TargetVerdict check(URI target, InetAddress address) {
        return check(target.getHost(), port(target), address);
    }

    /// As above, by host and port; `host` may stand in brackets.
    public TargetVerdict check(String host, int port, InetAddress address) {
        if (PORTS_REFUSED.contains(port)) {
            return new TargetVerdict.Refused("has port " + port + ", which is not allowed");
        }
        if (listed(canonical(host), port) || listed(canonical(address.getHostAddress()), port) || inNetwork(address)) {
            return new TargetVerdict.Allowed();
        }
        return SpecialAddresses.kind(address)
                .<TargetVerdict>map(kind -> new TargetVerdict.Refused("leads to " + kind))
                .orElseGet(TargetVerdict.Allowed::new);
    }

    /// Whether the operator has listed the host of `target`, by its name or as an address: such places are trusted
    /// enough for plain `http`.
    public boolean lists(URI target) {
        if (target.getHost() == null) {
            return false;
        }
        return listed(canonical(target.getHost()), port(target))
                || literal(target.getHost()).filter(this::inNetwork).isPresent();
    }

    private boolean listed(String host, int port) {
        return places.contains(new Place(host, ANY_PORT)) || places.contains(new Place(host, port));
    }

    private boolean inNetwork(InetAddress address) {
        if (networks.isEmpty()) {
            return false;
        }
        IPAddress place = SpecialAddresses.generator().from(address.getAddress());
        return networks.stream().anyMatch(network -> network.contains(place));
    }

    private static int port(URI target) {
        return target.getPort() >= 0
                ? target.getPort()
                : "https".equalsIgnoreCase(target.getScheme()) ? HTTPS_PORT : HTTP_PORT;
    }

    /// The address that a host is written as, in any of the forms that Java takes for one; nothing is looked up.
    private static Optional<InetAddress> literal(String host) {
        try {
            return Optional.of(InetAddress.ofLiteral(bare(host)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// One text for one host: lower case, no closing dot, addresses in Java's own form.
    private static String canonical(String host) {
        String plain = bare(host).toLowerCase(Locale.ROOT);
        String name = plain.endsWith(".") ? plain.substring(0, plain.length() - 1) : plain;
        return literal(name).map(InetAddress::getHostAddress).orElse(name);
    }

    private static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static IPAddress network(String entry) {
        try {
            IPAddress network = new IPAddressString(entry).toAddress();
            if (network != null && network.isPrefixed()) {
                return network.toPrefixBlock();
            }
        } catch (AddressStringException e) {
            // The sentence below says it all.
        }
        throw noPlace(entry);
    }

    private static Place place(String entry) {
        int colon = entry.lastIndexOf(':');
        boolean hasPort =
                colon > 0 && (entry.startsWith("[") ? entry.charAt(colon - 1) == ']' : entry.indexOf(':') == colon);
        String host = canonical(hasPort ? entry.substring(0, colon) : entry);
        int port = hasPort ? port(entry.substring(colon + 1), entry) : ANY_PORT;
        if (literal(host).isEmpty()
                && (host.length() > NAME_LENGTH_MAX || !NAME.matcher(host).matches())) {
            throw noPlace(entry);
        }
        return new Place(host, port);
    }

    private static int port(String digits, String entry) {
        if (!digits.matches("[0-9]{1,5}")) {
            throw noPlace(entry);
        }
        int port = Integer.parseInt(digits);
        if (port < 1 || port > PORT_MAX) {
            throw noPlace(entry);
        }
        return port;
    }

    private static IllegalArgumentException noPlace(String entry) {
        return new IllegalArgumentException("must list hosts, host:port and networks such as 10.1.0.0/16, separated by"
                + " commas, and has the entry '" + entry + "'");
    }
}
