package io.tollgate.control.quota;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Lengths of custom windows as ISO 8601 writes them.
public final class WindowLength {
    /// Longest text read, in characters.
    private static final int TEXT_LENGTH_MAX = 40;

    private static final Pattern WEEKS = Pattern.compile("P([0-9]{1,3})W");
    private static final int DAYS_PER_WEEK = 7;

    private WindowLength() {}

    /// @throws IllegalArgumentException for what is no exact length; months and years have none
    public static Duration fromText(String text) {
        Matcher weeks = WEEKS.matcher(text);
        if (weeks.matches()) {
            return Duration.ofDays((long) DAYS_PER_WEEK * Integer.parseInt(weeks.group(1)));
        }
        try {
            if (text.length() <= TEXT_LENGTH_MAX) {
                return Duration.parse(text);
            }
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not a duration: " + text, e);
        }
        throw new IllegalArgumentException("longer than a duration can be");
    }

    /// Days where it is whole days, else hours and minutes.
    public static String toText(Duration length) {
        Duration days = Duration.ofDays(length.toDays());
        return length.equals(days) ? "P" + length.toDays() + "D" : length.toString();
    }
}
