package io.tollgate.metering.rating;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PriceListTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant MIDDLE = Instant.parse("2026-01-16T00:00:00Z");
    private static final Instant END = Instant.parse("2026-02-01T00:00:00Z");
    private static final String TENANT = "cust_1";
    private static final PriceList.Buyer BUYER = new PriceList.Buyer(Optional.of(TENANT), Optional.of("gold"));

    private final PriceVersion ofAll = version("all", new PriceTarget.Organization(), Instant.EPOCH, null);
    private final PriceVersion ofPlan = version("plan", new PriceTarget.Plan("gold"), MIDDLE, null);
    private final PriceVersion ofTenant = version("tenant", new PriceTarget.Tenant(TENANT), START, MIDDLE);

    @Test
    void theMostSpecificWins() {
        PriceList prices = new PriceList(List.of(ofTenant, ofAll, ofPlan));

        assertThat(prices.at(BUYER, "api_request", START)).contains(ofTenant);
        assertThat(prices.at(BUYER, "api_request", MIDDLE)).contains(ofPlan);
        assertThat(prices.at(new PriceList.Buyer(Optional.of(TENANT), Optional.empty()), "api_request", MIDDLE))
                .contains(ofAll);
        assertThat(prices.at(BUYER, "storage", MIDDLE)).isEmpty();
    }

    @Test
    void cutsAPeriodWhereAnotherVersionComesIntoForce() {
        PriceList prices = new PriceList(List.of(ofTenant, ofPlan));

        assertThat(prices.stretches(BUYER, "api_request", START, END))
                .containsExactly(
                        new PriceList.Stretch(START, MIDDLE, Optional.of(ofTenant)),
                        new PriceList.Stretch(MIDDLE, END, Optional.of(ofPlan)));
    }

    @Test
    void doesNotCutWhereTheSameGoesOn() {
        PriceVersion other = version("other", new PriceTarget.Plan("silver"), MIDDLE, null);

        assertThat(new PriceList(List.of(ofAll, other)).stretches(BUYER, "api_request", START, END))
                .containsExactly(new PriceList.Stretch(START, END, Optional.of(ofAll)));
    }

    @Test
    void saysWhatIsNotPriced() {
        assertThat(new PriceList(List.of(ofPlan)).stretches(BUYER, "api_request", START, END))
                .containsExactly(
                        new PriceList.Stretch(START, MIDDLE, Optional.empty()),
                        new PriceList.Stretch(MIDDLE, END, Optional.of(ofPlan)));
    }

    @Test
    void overlapsAreOfTheSameTargetAndHalfOpen() {
        assertThat(ofTenant.overlaps(version("next", new PriceTarget.Tenant(TENANT), MIDDLE, null)))
                .isFalse();
        assertThat(ofTenant.overlaps(version("within", new PriceTarget.Tenant(TENANT), START, END)))
                .isTrue();
        assertThat(ofTenant.overlaps(ofAll)).isFalse();
    }

    private static PriceVersion version(String id, PriceTarget target, Instant from, @Nullable Instant to) {
        return new PriceVersion(
                id,
                target,
                "api_request",
                PriceModel.of(new PriceScheme.PerUnit(BigDecimal.ONE)),
                Currency.getInstance("USD"),
                from,
                Optional.ofNullable(to));
    }
}
