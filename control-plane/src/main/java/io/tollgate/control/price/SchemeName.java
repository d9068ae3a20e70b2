package io.tollgate.control.price;

import io.tollgate.metering.rating.PriceScheme;
import io.tollgate.metering.rating.Tier;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What the schemes of prices are called in tables and on the wire.
public enum SchemeName {
    GRADUATED,
    VOLUME,
    PACKAGE,
    PER_UNIT,
    FLAT,
    PERCENTAGE;

    public static final String WORDS = "graduated, volume, package, per_unit, flat, percentage";

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<SchemeName> ofWord(String word) {
        return Arrays.stream(values()).filter(name -> name.word().equals(word)).findFirst();
    }

    public static SchemeName of(PriceScheme scheme) {
        return switch (scheme) {
            case PriceScheme.Graduated graduated -> GRADUATED;
            case PriceScheme.Volume volume -> VOLUME;
            case PriceScheme.Packaged packaged -> PACKAGE;
            case PriceScheme.PerUnit perUnit -> PER_UNIT;
            case PriceScheme.Flat flat -> FLAT;
            case PriceScheme.Percentage percentage -> PERCENTAGE;
        };
    }

    /// The tiers of a scheme that has some.
    public static List<Tier> tiersOf(PriceScheme scheme) {
        return switch (scheme) {
            case PriceScheme.Graduated graduated -> graduated.tiers().tiers();
            case PriceScheme.Volume volume -> volume.tiers().tiers();
            default -> List.of();
        };
    }
}
