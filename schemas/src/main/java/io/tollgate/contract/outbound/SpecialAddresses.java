package io.tollgate.contract.outbound;

import inet.ipaddr.IPAddress;
import inet.ipaddr.IPAddressNetwork.IPAddressGenerator;
import inet.ipaddr.IPAddressString;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Which addresses lie on this machine, in networks behind it, or nowhere: the special-purpose registries of IANA
/// (RFC 6890) as far as a request could do harm there. An address that carries an IPv4 address to which a gateway or
/// the system would translate it is what it carries.
final class SpecialAddresses {
    private static final Map<IPAddress, String> SPECIAL = blocks(
            "0.0.0.0/8", "an unspecified address",
            "10.0.0.0/8", "a private address",
            "100.64.0.0/10", "a carrier-grade NAT address",
            "127.0.0.0/8", "a loopback address",
            "169.254.0.0/16", "a link-local address",
            "172.16.0.0/12", "a private address",
            "192.0.0.0/24", "a reserved address",
            "192.168.0.0/16", "a private address",
            "198.18.0.0/15", "an address of test networks",
            "224.0.0.0/4", "a multicast address",
            "240.0.0.0/4", "a reserved address",
            "::/128", "an unspecified address",
            "::1/128", "a loopback address",
            "64:ff9b:1::/48", "an address of a local translator",
            "100::/64", "a discard address",
            "fc00::/7", "a unique-local address",
            "fe80::/10", "a link-local address",
            "fec0::/10", "a site-local address",
            "ff00::/8", "a multicast address");

    private static final int IPV4_BYTES = 4;

    /// Blocks whose addresses carry an IPv4 address, and at which byte.
    private static final Map<IPAddress, Integer> CARRIERS = Map.of(
            block("::/96"), 12, // IPv4-compatible, deprecated
            block("::ffff:0:0/96"), 12, // IPv4-mapped
            block("::ffff:0:0:0/96"), 12, // IPv4-translated
            block("64:ff9b::/96"), 12, // NAT64
            block("2002::/16"), 2); // 6to4

    private static final IPAddress TEREDO = block("2001::/32");
    private static final int TEREDO_SERVER_AT = 4;
    private static final int TEREDO_CLIENT_AT = 12;

    private SpecialAddresses() {}

    /// What kind of special address it is; empty for one on the open internet.
    static Optional<String> kind(InetAddress address) {
        return kind(generator().from(address.getAddress()));
    }

    static IPAddress block(String cidr) {
        return new IPAddressString(cidr).getAddress().toPrefixBlock();
    }

    static IPAddressGenerator generator() {
        return new IPAddressGenerator();
    }

    private static Optional<String> kind(IPAddress address) {
        for (Map.Entry<IPAddress, String> special : SPECIAL.entrySet()) {
            if (special.getKey().contains(address)) {
                return Optional.of(special.getValue());
            }
        }
        byte[] bytes = address.getBytes();
        for (Map.Entry<IPAddress, Integer> carrier : CARRIERS.entrySet()) {
            if (carrier.getKey().contains(address)) {
                return carried(bytes, carrier.getValue(), 0);
            }
        }
        if (TEREDO.contains(address)) {
            // The client's address is written with all its bits flipped (RFC 4380).
            return carried(bytes, TEREDO_SERVER_AT, 0).or(() -> carried(bytes, TEREDO_CLIENT_AT, 0xff));
        }
        return Optional.empty();
    }

    private static Optional<String> carried(byte[] bytes, int at, int flipped) {
        byte[] ipv4 = Arrays.copyOfRange(bytes, at, at + IPV4_BYTES);
        for (int i = 0; i < IPV4_BYTES; i++) {
            ipv4[i] ^= (byte) flipped;
        }
        return kind(generator().from(ipv4)).map(kind -> "another form of " + kind);
    }

    private static Map<IPAddress, String> blocks(String... cidrsAndKinds) {
        Map<IPAddress, String> blocks = new LinkedHashMap<>();
        for (int i = 0; i < cidrsAndKinds.length; i += 2) {
            blocks.put(block(cidrsAndKinds[i]), cidrsAndKinds[i + 1]);
        }
        return blocks;
    }
}
