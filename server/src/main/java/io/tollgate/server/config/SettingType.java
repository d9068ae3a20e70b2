package io.tollgate.server.config;

import io.tollgate.contract.access.Networks;
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.control.mail.smtp.MailServer;
import io.tollgate.control.mail.smtp.SmtpTransport;
import io.tollgate.control.provider.Editions;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// How a setting's text becomes a value, and what values are allowed. `parse` throws IllegalArgumentException with
/// the rest of a sentence that begins with the setting's name ("must be …"); it never repeats a secret.
sealed interface SettingType {
    Object parse(String text);

    /// The bounds in the words of the documentation.
    String bounds();

    record Text(int lengthMin, int lengthMax) implements SettingType {
        @Override
        public String parse(String text) {
            if (text.length() < lengthMin || text.length() > lengthMax) {
                throw new IllegalArgumentException("must have " + bounds() + ", and has " + text.length());
            }
            return text;
        }

        @Override
        public String bounds() {
            return lengthMin + " to " + lengthMax + " characters";
        }
    }

    /// Several texts; the separating comma cannot be part of one.
    record Texts(int lengthMin, int lengthMax, int countMax) implements SettingType {
        @Override
        public List<String> parse(String text) {
            var words = Stream.of(text.split(",", -1)).map(String::strip).toList();
            for (var word : words) {
                if (word.length() < lengthMin || word.length() > lengthMax || words.size() > countMax) {
                    throw new IllegalArgumentException("must be " + bounds());
                }
            }
            return words;
        }

        @Override
        public String bounds() {
            return "at most " + countMax + ", each of " + lengthMin + " to " + lengthMax
                    + " characters, separated by commas";
        }
    }

    /// Editions of prices at Stripe.
    record EditionPrices() implements SettingType {
        /// More editions and prices than an operator sells.
        private static final int PRICES_MAX = 50;

        private static final Pattern PRICE = Pattern.compile("([A-Za-z0-9_.-]{1,100})=([a-z]{1,50})");

        @Override
        public Map<String, String> parse(String text) {
            var prices = new LinkedHashMap<String, String>();
            for (var one : text.split(",", -1)) {
                var match = PRICE.matcher(one.strip());
                if (!match.matches() || !Editions.NAMES.contains(match.group(2)) || prices.size() == PRICES_MAX) {
                    throw new IllegalArgumentException("must be " + bounds() + ", and '" + one + "' is not");
                }
                prices.put(match.group(1), match.group(2));
            }
            return prices;
        }

        @Override
        public String bounds() {
            return "`price=edition`, at most " + PRICES_MAX + ", separated by commas; editions are `pro`, `scale`,"
                    + " `enterprise` and `free`";
        }
    }

    /// Places that requests may go to although they are private.
    record Targets() implements SettingType {
        @Override
        public OutboundTargets parse(String text) {
            return OutboundTargets.parse(text);
        }

        @Override
        public String bounds() {
            return "hosts, `host:port` and networks such as `10.1.0.0/16`, separated by commas";
        }
    }

    /// Networks whose members are treated alike.
    record Addresses() implements SettingType {
        @Override
        public AddressList parse(String text) {
            try {
                var entries = text.equalsIgnoreCase("none")
                        ? List.<String>of()
                        : Stream.of(text.split(",", -1)).map(String::strip).toList();
                return new AddressList(text, Networks.parse(entries));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("must be " + bounds() + ", and is '" + text + "'", e);
            }
        }

        @Override
        public String bounds() {
            return "`none`, or addresses and networks such as `10.0.0.0/8`, separated by commas";
        }
    }

    record Folder() implements SettingType {
        @Override
        public Path parse(String text) {
            try {
                return Path.of(text);
            } catch (InvalidPathException e) {
                throw new IllegalArgumentException("must be a folder, and '" + text + "' cannot be one", e);
            }
        }

        @Override
        public String bounds() {
            return "folder";
        }
    }

    record WholeNumber(int min, int max) implements SettingType {
        @Override
        public Integer parse(String text) {
            try {
                var number = Integer.parseInt(text);
                if (number >= min && number <= max) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // The sentence below says it all.
            }
            throw new IllegalArgumentException("must be a whole number, " + bounds() + ", and is '" + text + "'");
        }

        @Override
        public String bounds() {
            return min + " to " + max;
        }
    }

    record Host() implements SettingType {
        private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.:_-]{1,253}");

        @Override
        public String parse(String text) {
            if (!HOST.matcher(text).matches()) {
                throw new IllegalArgumentException("must be a host name or an address, and is '" + text + "'");
            }
            return text;
        }

        @Override
        public String bounds() {
            return "host name or address";
        }
    }

    record HostPorts() implements SettingType {
        private static final Pattern HOST_PORT =
                Pattern.compile("(\\[[0-9A-Fa-f:]+]|[A-Za-z0-9._-]{1,253}):[0-9]{1,5}");

        @Override
        public String parse(String text) {
            for (var one : text.split(",", -1)) {
                if (!HOST_PORT.matcher(one.strip()).matches()) {
                    throw new IllegalArgumentException(
                            "must be host:port, several separated by commas, and is '" + text + "'");
                }
            }
            return text.replace(" ", "");
        }

        @Override
        public String bounds() {
            return "`host:port`, several separated by commas";
        }
    }

    record HttpAddress() implements SettingType {
        @Override
        public URI parse(String text) {
            try {
                var uri = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
                if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null) {
                    return uri;
                }
            } catch (URISyntaxException e) {
                // The sentence below says it all; the text is left out because it may hold a password.
            }
            throw new IllegalArgumentException("must be an address that begins with http:// or https://");
        }

        @Override
        public String bounds() {
            return "`http://…` or `https://…`";
        }
    }

    /// Where pages come from.
    record Origins() implements SettingType {
        /// More consoles than an installation has.
        private static final int COUNT_MAX = 20;

        @Override
        public List<URI> parse(String text) {
            var words = Stream.of(text.split(",", -1)).map(String::strip).toList();
            var origins = words.stream().map(new HttpAddress()::parse).toList();
            if (origins.size() > COUNT_MAX || origins.stream().anyMatch(Origins::morePrecise)) {
                throw new IllegalArgumentException("must be " + bounds() + ", and is '" + text + "'");
            }
            return origins;
        }

        private static boolean morePrecise(URI uri) {
            return !uri.getRawPath().isEmpty()
                    || uri.getRawQuery() != null
                    || uri.getRawFragment() != null
                    || uri.getRawUserInfo() != null;
        }

        @Override
        public String bounds() {
            return "at most " + COUNT_MAX + " of the form `https://host:port`, separated by commas";
        }
    }

    /// The server that takes mails.
    record MailAddress() implements SettingType {
        @Override
        public MailServer parse(String text) {
            return MailServer.parse(text);
        }

        @Override
        public String bounds() {
            return "`smtp://host:port` or `smtps://user:password@host:port`, user and password percent-encoded";
        }
    }

    /// Who mails come from.
    record Sender() implements SettingType {
        @Override
        public String parse(String text) {
            return SmtpTransport.parsed(text).toUnicodeString();
        }

        @Override
        public String bounds() {
            return "one address, such as `Tollgate <billing@example.com>`";
        }
    }

    record Database() implements SettingType {
        @Override
        public DatabaseUrl parse(String text) {
            return DatabaseUrl.parse(text);
        }

        @Override
        public String bounds() {
            return "`postgresql://user:password@host:port/name` or `jdbc:postgresql://…`";
        }
    }

    record Roles() implements SettingType {
        @Override
        public Set<Role> parse(String text) {
            if (text.strip().equalsIgnoreCase("all")) {
                return EnumSet.allOf(Role.class);
            }
            var roles = new LinkedHashSet<Role>();
            for (var word : text.split(",", -1)) {
                roles.add(role(word.strip(), text));
            }
            return EnumSet.copyOf(roles);
        }

        private static Role role(String word, String text) {
            for (var role : Role.values()) {
                if (role.word().equals(word.toLowerCase(Locale.ROOT))) {
                    return role;
                }
            }
            throw new IllegalArgumentException(
                    "must be all, or any of gateway, aggregator, billing, control separated by commas, and is '" + text
                            + "'");
        }

        @Override
        public String bounds() {
            return "`all`, or any of `gateway`, `aggregator`, `billing`, `control` separated by commas";
        }
    }

    record Choice(List<String> words) implements SettingType {
        @Override
        public String parse(String text) {
            var word = text.toLowerCase(Locale.ROOT);
            if (!words.contains(word)) {
                throw new IllegalArgumentException(
                        "must be one of " + String.join(", ", words) + ", and is '" + text + "'");
            }
            return word;
        }

        @Override
        public String bounds() {
            return "`" + String.join("`, `", words) + "`";
        }
    }

    /// ISO 8601 (`P35D`, `PT5M`) or a number and a unit (`35d`, `12h`, `5m`, `30s`, `500ms`).
    record Period(Duration min, Duration max) implements SettingType {
        private static final Pattern SHORT = Pattern.compile("([0-9]{1,9}) *(ms|s|m|h|d)");

        @Override
        public Duration parse(String text) {
            var duration = duration(text.strip());
            if (duration.isEmpty()
                    || duration.get().compareTo(min) < 0
                    || duration.get().compareTo(max) > 0) {
                throw new IllegalArgumentException(
                        "must be a duration such as 35d, 5m or PT5M, " + bounds() + ", and is '" + text + "'");
            }
            return duration.get();
        }

        private static Optional<Duration> duration(String text) {
            var match = SHORT.matcher(text.toLowerCase(Locale.ROOT));
            if (match.matches()) {
                var number = Long.parseLong(match.group(1));
                return Optional.of(
                        switch (match.group(2)) {
                            case "ms" -> Duration.ofMillis(number);
                            case "s" -> Duration.ofSeconds(number);
                            case "m" -> Duration.ofMinutes(number);
                            case "h" -> Duration.ofHours(number);
                            default -> Duration.ofDays(number);
                        });
            }
            try {
                return Optional.of(Duration.parse(text));
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        }

        static String words(Duration duration) {
            if (duration.compareTo(Duration.ofDays(1)) >= 0 && duration.equals(Duration.ofDays(duration.toDays()))) {
                return duration.toDays() + "d";
            }
            if (duration.compareTo(Duration.ofHours(1)) >= 0 && duration.equals(Duration.ofHours(duration.toHours()))) {
                return duration.toHours() + "h";
            }
            if (duration.compareTo(Duration.ofMinutes(1)) >= 0
                    && duration.equals(Duration.ofMinutes(duration.toMinutes()))) {
                return duration.toMinutes() + "m";
            }
            return duration.toSeconds() + "s";
        }

        @Override
        public String bounds() {
            return words(min) + " to " + words(max);
        }
    }

    /// A plain number of bytes, or a number and `k`, `m` or `g`, in powers of 1024; a `b` or `ib` may follow.
    record ByteSize(long min, long max) implements SettingType {
        private static final Pattern SIZE = Pattern.compile("([0-9]{1,12}) *([kmg]?)(i?b)?");
        private static final int KIB_SHIFT = 10;

        @Override
        public Long parse(String text) {
            var match = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
            if (match.matches()) {
                var shift = "kmg".indexOf(match.group(2).isEmpty() ? "?" : match.group(2)) + 1;
                var size = Long.parseLong(match.group(1)) << (KIB_SHIFT * shift);
                if (size >= min && size <= max) {
                    return size;
                }
            }
            throw new IllegalArgumentException("must be a size such as 128m, " + bounds() + ", and is '" + text + "'");
        }

        @Override
        public String bounds() {
            return words(min) + " to " + words(max);
        }

        private static String words(long size) {
            var gib = 1L << (KIB_SHIFT * 3);
            return size % gib == 0 ? size / gib + "g" : (size >> (KIB_SHIFT * 2)) + "m";
        }
    }
}
