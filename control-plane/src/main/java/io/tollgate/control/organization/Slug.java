package io.tollgate.control.organization;

import java.text.Normalizer;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Pattern;

/// The short name of an organization in links and invoice numbers: unique, lower case.
public record Slug(String value) {
    /// Longest slug in characters.
    public static final int LENGTH_MAX = 64;

    /// What of a name a suggested slug keeps.
    private static final int SUGGESTED_LENGTH_MAX = 48;

    private static final Pattern FORM = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");
    private static final Pattern MARKS = Pattern.compile("\\p{M}+");
    private static final Pattern OTHERS = Pattern.compile("[^a-z0-9]+");
    private static final Pattern ENDS = Pattern.compile("^-|-$");

    /// @throws IllegalArgumentException saying what a slug must be
    public Slug {
        if (value.length() > LENGTH_MAX || !FORM.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "must have 1 to " + LENGTH_MAX + " lower-case letters, digits and single hyphens between them");
        }
    }

    /// The slug that somebody wrote.
    ///
    /// @throws IllegalArgumentException saying what a slug must be
    public static Slug of(String text) {
        return new Slug(text.toLowerCase(Locale.ROOT));
    }

    /// A slug for an organization that is given none: its name and, so that it is hardly ever taken, the time.
    public static Slug suggested(String name, Instant now) {
        String plain =
                MARKS.matcher(Normalizer.normalize(name, Normalizer.Form.NFD)).replaceAll("");
        String hyphened = OTHERS.matcher(plain.toLowerCase(Locale.ROOT)).replaceAll("-");
        String cut = hyphened.substring(0, Math.min(hyphened.length(), SUGGESTED_LENGTH_MAX));
        String trimmed = ENDS.matcher(cut).replaceAll("");
        String time = Long.toString(now.toEpochMilli(), Character.MAX_RADIX);
        return new Slug(trimmed.isEmpty() ? time : trimmed + "-" + time);
    }
}
