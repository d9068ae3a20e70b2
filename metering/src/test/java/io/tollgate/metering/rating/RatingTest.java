package io.tollgate.metering.rating;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RatingTest {
    private static final Currency USD = Currency.getInstance("USD");
    private static final Tiers LIST_A = tiers("0", "0.10", "1000", "0.08", "10000", "0.05");
    private static final Tiers LIST_B = tiers("0", "0", "250", "0.035", "2000", "0.021", "20000", "0.0125");
    private static final Tiers LIST_A_LATER = tiers("0", "0.12", "1000", "0.07", "10000", "0.04");

    @ParameterizedTest
    @CsvSource({
        "0, 0.00, 0.00",
        "0.5, 0.05, 0.05",
        "1000, 100.00, 100.00",
        "1000.5, 100.04, 80.04",
        "2400, 212.00, 192.00",
        "10000, 820.00, 800.00",
        "10000.5, 820.03, 500.03",
        "12345.678901, 937.28, 617.28",
        "25000, 1570.00, 1250.00"
    })
    void pricesListA(BigDecimal quantity, BigDecimal graduated, BigDecimal volume) {
        assertThat(amount(PriceModel.of(new PriceScheme.Graduated(LIST_A)), quantity))
                .isEqualTo(graduated);
        assertThat(amount(PriceModel.of(new PriceScheme.Volume(LIST_A)), quantity))
                .isEqualTo(volume);
    }

    @ParameterizedTest
    @CsvSource({"250, 0.00", "251, 0.04", "1234, 34.44", "2000, 61.25", "7777, 182.57", "20000, 439.25", "48211, 791.89"
    })
    void pricesListB(BigDecimal quantity, BigDecimal graduated) {
        assertThat(amount(PriceModel.of(new PriceScheme.Graduated(LIST_B)), quantity))
                .isEqualTo(graduated);
    }

    @ParameterizedTest
    @CsvSource({"0, 0.00", "1, 12.50", "500, 12.50", "500.000001, 25.00", "1201, 37.50"})
    void pricesPackages(BigDecimal quantity, BigDecimal expected) {
        assertThat(amount(PriceModel.of(packages("12.50")), quantity)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"100, 0.00", "100.5, 0.02", "1100, 30.00"})
    void pricesUnitsBeyondThoseIncluded(BigDecimal quantity, BigDecimal expected) {
        assertThat(amount(PriceModel.of(perUnit("0.03")).withIncludedUnits(new BigDecimal("100")), quantity))
                .isEqualTo(expected);
    }

    @Test
    void countsTiersFromZeroWhateverIsIncluded() {
        PriceModel model = PriceModel.of(new PriceScheme.Graduated(LIST_A)).withIncludedUnits(new BigDecimal("300"));

        assertThat(amount(model, new BigDecimal("2400"))).isEqualTo("182.00");
    }

    @Test
    void freeTierThenAPrice() {
        PriceModel model = PriceModel.of(new PriceScheme.Graduated(tiers("0", "0", "1000", "0.02")));

        assertThat(amount(model, new BigDecimal("5247"))).isEqualTo("84.94");
    }

    @Test
    void takesAShareOfMoney() {
        PriceModel model =
                PriceModel.of(new PriceScheme.Percentage(new BigDecimal("2.9"))).withFlatFee(new BigDecimal("0.30"));

        assertThat(amount(model, new BigDecimal("1000"))).isEqualTo("29.30");
        assertThat(amount(model, BigDecimal.ZERO)).isEqualTo("0.00");
    }

    @Test
    void chargesTheFeeOfEveryTierEntered() {
        Tiers tiers = new Tiers(List.of(
                new Tier(BigDecimal.ZERO, Optional.of(BigDecimal.TEN), BigDecimal.ONE, new BigDecimal("5")),
                new Tier(BigDecimal.TEN, Optional.empty(), BigDecimal.ONE, new BigDecimal("7"))));

        assertThat(amount(PriceModel.of(new PriceScheme.Graduated(tiers)), new BigDecimal("10")))
                .isEqualTo("15.00");
        assertThat(amount(PriceModel.of(new PriceScheme.Graduated(tiers)), new BigDecimal("10.000001")))
                .isEqualTo("22.00");
        assertThat(amount(PriceModel.of(new PriceScheme.Volume(tiers)), new BigDecimal("11")))
                .isEqualTo("18.00");
        assertThat(amount(PriceModel.of(new PriceScheme.Volume(tiers)), BigDecimal.ZERO))
                .isEqualTo("0.00");
    }

    @Test
    void keepsBetweenMinimumAndMaximum() {
        PriceModel model = PriceModel.of(perUnit("0.10"))
                .withChargeBetween(Optional.of(new BigDecimal("5")), Optional.of(new BigDecimal("20")));

        assertThat(amount(model, BigDecimal.ZERO)).isEqualTo("5.00");
        assertThat(amount(model, new BigDecimal("100"))).isEqualTo("10.00");
        assertThat(amount(model, new BigDecimal("201"))).isEqualTo("20.00");
    }

    @ParameterizedTest
    @CsvSource({"USD, 1.24", "JPY, 1", "KWD, 1.235"})
    void roundsToTheMinorUnitOfTheCurrency(String currency, BigDecimal expected) {
        Charge charge = Rating.rate(PriceModel.of(perUnit("1.2354")), BigDecimal.ONE);

        assertThat(charge.amount(Currency.getInstance(currency)))
                .isEqualByComparingTo(expected)
                .hasScaleOf(Currency.getInstance(currency).getDefaultFractionDigits());
    }

    @ParameterizedTest
    @CsvSource({"0.125, 0.13", "0.135, 0.14", "10.004999, 10.00", "10.005, 10.01"})
    void roundsAHalfAwayFromZero(String exact, BigDecimal expected) {
        assertThat(amount(PriceModel.of(perUnit(exact)), BigDecimal.ONE)).isEqualTo(expected);
    }

    @Test
    void pricesEachSpanByItsOwnVersion() {
        assertThat(changed(
                        PriceModel.of(new PriceScheme.Graduated(LIST_A)),
                        PriceModel.of(new PriceScheme.Graduated(LIST_A_LATER))))
                .isEqualTo("143.00");
        assertThat(changed(
                        PriceModel.of(new PriceScheme.Volume(LIST_A)),
                        PriceModel.of(new PriceScheme.Volume(LIST_A_LATER))))
                .isEqualTo("111.00");
        assertThat(changed(PriceModel.of(packages("12.50")), PriceModel.of(packages("14.00"))))
                .isEqualTo("39.00");
        assertThat(changed(flat("30.00"), flat("45.00"))).isEqualTo("37.74");
    }

    @Test
    void givesBackWhatWasTakenBack() {
        PriceModel model = PriceModel.of(new PriceScheme.Graduated(LIST_A));

        Charge charge = Rating.rate(List.of(span(model, 1, "1500"), span(model, 1, "-700"), span(model, 1, "200")));

        assertThat(charge.amount(USD)).isEqualTo(amount(model, new BigDecimal("1000")));
    }

    @Test
    void fillsUpWhatIsMissingFirst() {
        PriceModel model = PriceModel.of(perUnit("1.00"));

        assertThat(Rating.rate(List.of(span(model, 1, "-50"), span(model, 1, "60")))
                        .amount(USD))
                .isEqualTo("10.00");
        assertThat(Rating.rate(List.of(span(model, 1, "100"), span(model, 1, "-150"), span(model, 1, "60")))
                        .amount(USD))
                .isEqualTo("10.00");
    }

    @Test
    void chargesNothingWhereNobodySetAPrice() {
        Charge charge = Rating.rate(List.of(
                new PricedSpan(Optional.empty(), Duration.ofDays(15), new BigDecimal("600")),
                span(PriceModel.of(new PriceScheme.Graduated(LIST_A)), 16, "900")));

        assertThat(charge.amount(USD)).isEqualTo("80.00");
    }

    @Test
    void explainsEveryAmountByItsParts() {
        Charge charge = Rating.rate(
                PriceModel.of(new PriceScheme.Graduated(LIST_A)).withFlatFee(new BigDecimal("29")),
                new BigDecimal("2400"));

        assertThat(charge.parts())
                .extracting(part -> part.kind() + " " + part.tierLevel() + " "
                        + part.subtotal().stripTrailingZeros())
                .containsExactly("UNITS 1 1E+2", "UNITS 2 112", "FLAT_FEE 0 29");
        assertThat(charge.parts().stream().map(ChargePart::subtotal).reduce(BigDecimal.ZERO, BigDecimal::add))
                .isEqualByComparingTo("241");
    }

    @Test
    void showsAUnitPrice() {
        assertThat(Charge.shownUnitPrice(new BigDecimal("212.00"), new BigDecimal("2400")))
                .isEqualTo("0.088333");
    }

    @Test
    void readsListsOfWholeNumbers() {
        Tiers read = Tiers.read(
                List.of(tier("0", "1000", "0.10"), tier("1001", "10000", "0.08"), tier("10001", null, "0.05")));

        assertThat(read).isEqualTo(LIST_A);
    }

    @Test
    void refusesGapsAndOverlaps() {
        assertThatThrownBy(() -> Tiers.read(List.of(tier("0", "1000", "0.10"), tier("1002", null, "0.08"))))
                .hasMessageContaining("tier 2 starts at 1000");
        assertThatThrownBy(() -> Tiers.read(List.of(tier("0", "1000", "0.10"), tier("900", null, "0.08"))))
                .hasMessageContaining("tier 2 starts at 1000");
        assertThatThrownBy(() -> Tiers.read(List.of(tier("0", "1000", "0.10"))))
                .hasMessageContaining("no max_quantity");
        assertThatThrownBy(() -> new PriceScheme.PerUnit(new BigDecimal("-1"))).hasMessageContaining("at least 0");
        assertThatThrownBy(() -> new PriceScheme.PerUnit(new BigDecimal("0.0000000000001")))
                .hasMessageContaining("12 fraction digits");
    }

    static Tiers tiers(String... minAndPrice) {
        List<Tier> tiers = new ArrayList<>();
        for (int i = 0; i < minAndPrice.length; i += 2) {
            @Nullable String max = i + 2 < minAndPrice.length ? minAndPrice[i + 2] : null;
            tiers.add(tier(minAndPrice[i], max, minAndPrice[i + 1]));
        }
        return new Tiers(tiers);
    }

    private static Tier tier(String min, @Nullable String max, String price) {
        return new Tier(
                new BigDecimal(min),
                Optional.ofNullable(max).map(BigDecimal::new),
                new BigDecimal(price),
                BigDecimal.ZERO);
    }

    private static PriceScheme packages(String price) {
        return new PriceScheme.Packaged(new BigDecimal("500"), new BigDecimal(price));
    }

    private static PriceScheme perUnit(String price) {
        return new PriceScheme.PerUnit(new BigDecimal(price));
    }

    private static PriceModel flat(String fee) {
        return PriceModel.of(new PriceScheme.Flat()).withFlatFee(new BigDecimal(fee));
    }

    private static PricedSpan span(PriceModel model, int days, String quantity) {
        return new PricedSpan(Optional.of(model), Duration.ofDays(days), new BigDecimal(quantity));
    }

    /// A month of 31 days, the price changed at the start of its 16th.
    private static BigDecimal changed(PriceModel before, PriceModel after) {
        return Rating.rate(List.of(span(before, 15, "600"), span(after, 16, "900")))
                .amount(USD);
    }

    private static BigDecimal amount(PriceModel model, BigDecimal quantity) {
        return Rating.rate(model, quantity).amount(USD);
    }
}
