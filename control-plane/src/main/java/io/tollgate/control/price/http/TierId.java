package io.tollgate.control.price.http;

import io.tollgate.metering.rating.Tier;
import io.tollgate.metering.rating.Tiers;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Names a tier: the id of its price model, an underscore, and where it begins. Not its place in the list, which
/// another
/// one has after it is taken away.
///
/// @param min without closing zeros
record TierId(String modelId, BigDecimal min) {
    private static final Pattern FORM = Pattern.compile("([0-9a-f-]{36})_([0-9]{1,14}(?:\\.[0-9]{1,12})?)");

    static Optional<TierId> of(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches()
                ? Optional.of(new TierId(matcher.group(1), PriceView.plain(new BigDecimal(matcher.group(2)))))
                : Optional.empty();
    }

    static TierId of(String modelId, Tier tier) {
        return new TierId(modelId, PriceView.plain(tier.min()));
    }

    /// The tier's level, from 1.
    OptionalInt levelIn(Tiers tiers) {
        for (int i = 0; i < tiers.tiers().size(); i++) {
            if (tiers.tiers().get(i).min().compareTo(min) == 0) {
                return OptionalInt.of(i + 1);
            }
        }
        return OptionalInt.empty();
    }

    @Override
    public String toString() {
        return modelId + "_" + min.toPlainString();
    }
}
