package io.tollgate.metering.rating;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What must hold of every price, over random ones; a failure names its seed.
class RatingPropertyTest {
    private static final int CASES = 3_000;

    @Test
    void aCutWhereNothingChangesCostsNothing() {
        for (int seed = 0; seed < CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            PriceModel model = model(random);
            List<PricedSpan> cut = new ArrayList<>();
            BigDecimal quantity = BigDecimal.ZERO;
            Duration lasting = Duration.ZERO;
            for (int i = 0, spans = 1 + random.nextInt(5); i < spans; i++) {
                PricedSpan span = new PricedSpan(
                        Optional.of(model), Duration.ofSeconds(1 + random.nextInt(100_000)), change(random));
                cut.add(span);
                quantity = quantity.add(span.quantity());
                lasting = lasting.plus(span.lasting());
            }

            Charge whole = Rating.rate(List.of(new PricedSpan(Optional.of(model), lasting, quantity)));
            Charge parts = Rating.rate(cut);

            assertThat(parts.dividend().multiply(whole.divisor()))
                    .as("seed %d", seed)
                    .isEqualByComparingTo(whole.dividend().multiply(parts.divisor()));
        }
    }

    @Test
    void moreNeverCostsLess() {
        for (int seed = 0; seed < CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            PriceModel model = model(random);
            if (model.scheme() instanceof PriceScheme.Volume) {
                continue; // Whoever reaches the next tier pays less for every unit.
            }
            BigDecimal less = quantity(random);
            BigDecimal more = less.add(quantity(random));

            assertThat(exact(Rating.rate(model, less)))
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(exact(Rating.rate(model, more)));
        }
    }

    @Test
    void partsExplainTheWhole() {
        for (int seed = 0; seed < CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<PricedSpan> spans = new ArrayList<>();
            for (int i = 0, count = 1 + random.nextInt(4); i < count; i++) {
                Optional<PriceModel> model = random.nextInt(6) == 0 ? Optional.empty() : Optional.of(model(random));
                spans.add(new PricedSpan(model, Duration.ofSeconds(1 + random.nextInt(100_000)), change(random)));
            }

            Charge charge = Rating.rate(spans);

            BigDecimal sum = charge.parts().stream().map(ChargePart::subtotal).reduce(BigDecimal.ZERO, BigDecimal::add);
            assertThat(sum.subtract(exact(charge)).abs())
                    .as("seed %d", seed)
                    .isLessThan(new BigDecimal("0.0000000001"));
        }
    }

    /// Adds up unit after unit, as the definition reads.
    @Test
    void graduatedPricesAreTheSumOfTheirUnits() {
        for (int seed = 0; seed < CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Tiers tiers = tiers(random, 40);
            int units = random.nextInt(150);
            BigDecimal expected = BigDecimal.ZERO;
            for (int n = 1; n <= units; n++) {
                BigDecimal position = BigDecimal.valueOf(n - 1L);
                Tier tier = tiers.tiers().stream()
                        .filter(candidate -> candidate.min().compareTo(position) <= 0)
                        .reduce((earlier, later) -> later)
                        .orElseThrow();
                boolean first = tier.min().compareTo(position) == 0;
                expected = expected.add(tier.unitPrice()).add(first ? tier.flatFee() : BigDecimal.ZERO);
            }

            Charge charge = Rating.rate(PriceModel.of(new PriceScheme.Graduated(tiers)), BigDecimal.valueOf(units));

            assertThat(exact(charge)).as("seed %d", seed).isEqualByComparingTo(expected);
        }
    }

    private static BigDecimal exact(Charge charge) {
        return charge.dividend().divide(charge.divisor(), 30, RoundingMode.HALF_UP);
    }

    /// What a span changes: usage, or something taken back.
    private static BigDecimal change(SplittableRandom random) {
        return random.nextInt(4) == 0 ? quantity(random).negate() : quantity(random);
    }

    private static BigDecimal quantity(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> BigDecimal.ZERO;
            case 1 -> BigDecimal.valueOf(random.nextInt(2_000));
            default -> BigDecimal.valueOf(random.nextLong(2_000_000_000L), 6);
        };
    }

    private static PriceModel model(SplittableRandom random) {
        PriceScheme scheme = switch (random.nextInt(6)) {
            case 0 -> new PriceScheme.Graduated(tiers(random, 900));
            case 1 -> new PriceScheme.Volume(tiers(random, 900));
            case 2 -> new PriceScheme.Packaged(BigDecimal.valueOf(1 + random.nextInt(400)), price(random));
            case 3 -> new PriceScheme.PerUnit(price(random));
            case 4 -> new PriceScheme.Percentage(BigDecimal.valueOf(random.nextInt(10_000), 2));
            default -> new PriceScheme.Flat();
        };
        PriceModel model = PriceModel.of(scheme)
                .withFlatFee(random.nextBoolean() ? price(random) : BigDecimal.ZERO)
                .withIncludedUnits(random.nextBoolean() ? quantity(random) : BigDecimal.ZERO);
        return random.nextInt(3) > 0
                ? model
                : model.withChargeBetween(
                        random.nextBoolean() ? Optional.of(BigDecimal.valueOf(random.nextInt(50))) : Optional.empty(),
                        random.nextBoolean()
                                ? Optional.of(BigDecimal.valueOf(50 + random.nextInt(500)))
                                : Optional.empty());
    }

    private static Tiers tiers(SplittableRandom random, int lengthMax) {
        List<Tier> tiers = new ArrayList<>();
        BigDecimal min = BigDecimal.ZERO;
        for (int i = 0, count = 1 + random.nextInt(5); i < count; i++) {
            BigDecimal max = min.add(BigDecimal.valueOf(1 + random.nextInt(lengthMax)));
            tiers.add(new Tier(
                    min,
                    i == count - 1 ? Optional.empty() : Optional.of(max),
                    price(random),
                    random.nextInt(3) == 0 ? price(random) : BigDecimal.ZERO));
            min = max;
        }
        return new Tiers(tiers);
    }

    private static BigDecimal price(SplittableRandom random) {
        return BigDecimal.valueOf(random.nextInt(1_000_000), 2 + random.nextInt(5));
    }
}
