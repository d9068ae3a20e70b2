package io.tollgate.contract.access;

import inet.ipaddr.AddressStringException;
import inet.ipaddr.IPAddress;
import inet.ipaddr.IPAddressString;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Networks that a client's address is compared with. Immutable.
public final class Networks {
    /// Most entries of one list; more are better written as larger networks.
    public static final int ENTRIES_MAX = 100;

    /// Longest entry in characters: an IPv6 address, `/` and the number of its bits.
    private static final int ENTRY_LENGTH_MAX = 49;

    /// Longest address in characters: IPv6 in full, in brackets, with zone and port.
    private static final int ADDRESS_LENGTH_MAX = 80;

    /// Of an IPv6 address, those that a provider assigns (RFC 4291, 2.5.4).
    private static final int CLIENT_BITS = 64;

    /// IPv4 in four parts with or without a port; IPv6 in brackets with or without one; IPv6 alone.
    private static final Pattern ADDRESS = Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,3}){3})(?::[0-9]{1,5})?"
            + "|\\[([0-9A-Fa-f.:]*:[0-9A-Fa-f.:]*)(?:%[^\\]]*)?](?::[0-9]{1,5})?"
            + "|([0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*)(?:%.*)?");

    private final List<IPAddress> blocks;

    private Networks(List<IPAddress> blocks) {
        this.blocks = List.copyOf(blocks);
    }

    /// Addresses and networks such as `203.0.113.7`, `10.0.0.0/8` and `2001:db8::/32`.
    ///
    /// @throws IllegalArgumentException saying what an entry must be
    public static Networks parse(List<String> entries) {
        if (entries.size() > ENTRIES_MAX) {
            throw new IllegalArgumentException("must have at most " + ENTRIES_MAX + " entries");
        }
        return new Networks(entries.stream().map(Networks::block).toList());
    }

    private static IPAddress block(String entry) {
        try {
            if (entry.length() <= ENTRY_LENGTH_MAX && entry.matches("[0-9A-Fa-f.:]+(/[0-9]{1,3})?")) {
                return plain(new IPAddressString(entry).toAddress().toPrefixBlock());
            }
        } catch (AddressStringException e) {
            throw notANetwork(e);
        }
        throw notANetwork(null);
    }

    private static IllegalArgumentException notANetwork(@Nullable Exception cause) {
        return new IllegalArgumentException("must be an address or a network such as 10.0.0.0/8", cause);
    }

    /// Whether an address passes a list that, when it is empty, lets everybody pass and asks for no address.
    public boolean admit(Supplier<String> address) {
        return blocks.isEmpty() || contain(address.get());
    }

    /// Whether `address` is in one of the networks; a text that is no address is in none.
    public boolean contain(String address) {
        IPAddressString text = new IPAddressString(address);
        if (!text.isIPAddress()) {
            return false;
        }
        IPAddress found = plain(text.getAddress().withoutPrefixLength());
        return blocks.stream().anyMatch(block -> block.contains(found));
    }

    /// An address in its one spelling, if the text is one: an IPv4 address or an IPv6 address, perhaps in brackets,
    /// with
    /// blanks around it, a port or a zone behind it.
    public static Optional<String> addressOf(String text) {
        Matcher parts = ADDRESS.matcher(text.strip());
        if (text.length() > ADDRESS_LENGTH_MAX || !parts.matches()) {
            return Optional.empty();
        }
        IPAddressString address = new IPAddressString(Objects.requireNonNullElseGet(
                parts.group(1),
                () -> Objects.requireNonNullElse(parts.group(2), Objects.requireNonNullElse(parts.group(3), ""))));
        return address.isIPAddress() ? Optional.of(plain(address.getAddress()).toCanonicalString()) : Optional.empty();
    }

    /// What belongs to one client as a whole: an IPv4 address itself, of an IPv6 address the network of 64 bits around
    /// it, in which a host takes any address it likes. A text that is no address belongs to itself.
    public static String ofClient(String address) {
        IPAddressString text = new IPAddressString(address);
        if (!text.isIPAddress()) {
            return address;
        }
        IPAddress found = plain(text.getAddress().withoutPrefixLength());
        return (found.isIPv6() ? found.toPrefixBlock(CLIENT_BITS) : found).toCanonicalString();
    }

    // An IPv4 client of a socket for both families shows as ::ffff:a.b.c.d.
    private static IPAddress plain(IPAddress address) {
        return address.isIPv6() && address.toIPv6().isIPv4Mapped()
                ? address.toIPv6().getEmbeddedIPv4Address()
                : address;
    }
}
