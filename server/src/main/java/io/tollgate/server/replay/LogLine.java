package io.tollgate.server.replay;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One request in Combined Log Format, as far as usage needs it: everything up to the size. What follows (referrer and
/// user
/// agent) may be cut off, as crashed servers leave it, and is not looked at.
///
/// @param size bytes of the answer; empty where the log has `-`
public record LogLine(String client, Instant time, String method, String path, int status, OptionalLong size) {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH);
    /// Possessive throughout: a hostile line costs no more than its length.
    private static final Pattern FORMAT = Pattern.compile(
            "(\\S++) \\S++ \\S++ \\[([^\\]]++)\\] \"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\" (\\d{3}) (\\d{1,14}+|-)(?: .*+)?");

    /// Reads a line; empty if it is not in the format.
    public static Optional<LogLine> parse(String line) {
        Matcher matcher = FORMAT.matcher(line);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            String[] request = matcher.group(3).split(" ", 3);
            String size = matcher.group(5);
            return Optional.of(new LogLine(
                    matcher.group(1),
                    OffsetDateTime.parse(matcher.group(2), TIME).toInstant(),
                    request[0],
                    request.length > 1 ? request[1] : "",
                    Integer.parseInt(matcher.group(4)),
                    size.equals("-") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(size))));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
