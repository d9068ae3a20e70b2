package io.tollgate.metering.rating;

import java.math.BigDecimal;
import java.util.Optional;

/// How one meter is priced in a period.
///
/// @param flatFee once per period in which anything is used; of [PriceScheme.Flat] always
/// @param includedUnits positions below cost nothing; tiers are counted from 0 all the same
/// @param minimumCharge what a period costs at least, also without use
/// @param maximumCharge what it costs at most
public record PriceModel(
        PriceScheme scheme,
        BigDecimal flatFee,
        BigDecimal includedUnits,
        Optional<BigDecimal> minimumCharge,
        Optional<BigDecimal> maximumCharge) {
    public PriceModel {
        Prices.require(flatFee, "flat_fee");
        Prices.require(includedUnits, "included_units");
        minimumCharge.ifPresent(charge -> Prices.require(charge, "minimum_charge"));
        maximumCharge.ifPresent(charge -> Prices.require(charge, "maximum_charge"));
        if (minimumCharge.isPresent()
                && maximumCharge.isPresent()
                && minimumCharge.get().compareTo(maximumCharge.get()) > 0) {
            throw new IllegalArgumentException("minimum_charge is not greater than maximum_charge");
        }
    }

    /// Units alone, without fee, included units or bounds.
    public static PriceModel of(PriceScheme scheme) {
        return new PriceModel(scheme, BigDecimal.ZERO, BigDecimal.ZERO, Optional.empty(), Optional.empty());
    }

    public PriceModel with(PriceScheme changed) {
        return new PriceModel(changed, flatFee, includedUnits, minimumCharge, maximumCharge);
    }

    public PriceModel withFlatFee(BigDecimal fee) {
        return new PriceModel(scheme, fee, includedUnits, minimumCharge, maximumCharge);
    }

    public PriceModel withIncludedUnits(BigDecimal units) {
        return new PriceModel(scheme, flatFee, units, minimumCharge, maximumCharge);
    }

    public PriceModel withChargeBetween(Optional<BigDecimal> least, Optional<BigDecimal> most) {
        return new PriceModel(scheme, flatFee, includedUnits, least, most);
    }

    /// Whether a period costs something even if nothing is used.
    public boolean chargesWithoutUse() {
        return (scheme instanceof PriceScheme.Flat && flatFee.signum() > 0)
                || minimumCharge.map(charge -> charge.signum() > 0).orElse(false);
    }
}
