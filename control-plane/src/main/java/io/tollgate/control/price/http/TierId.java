package io.tollgate.control.price.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Names a tier: the id of its price model, a point, and its level.
///
/// @param level from 1
record TierId(String modelId, int level) {
    private static final Pattern FORM = Pattern.compile("([0-9a-f-]{36})\\.([1-9][0-9]{0,2})");

    static Optional<TierId> of(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches()
                ? Optional.of(new TierId(matcher.group(1), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return modelId + "." + level;
    }
}
