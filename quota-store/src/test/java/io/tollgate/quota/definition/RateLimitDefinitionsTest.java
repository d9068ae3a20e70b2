package io.tollgate.quota.definition;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.definition.RateLimitDefinition;
import io.tollgate.metering.ratelimit.RateBound;
import io.tollgate.metering.ratelimit.RateLimit;
import io.tollgate.metering.ratelimit.RateSpan;
import io.tollgate.metering.ratelimit.RouteKind;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RateLimitDefinitionsTest {
    private static final String ID = "biz_7f3c2a51-8d1e-4b02-9c35-6a4d1f0e2b77";
    private static final OrganizationId ORGANIZATION = new OrganizationId(ID);
    private static final OrganizationId OTHER = new OrganizationId("biz_00000000-0000-4000-8000-000000000000");

    private final Definitions definitions = new Definitions(InstantSource.fixed(Instant.EPOCH));

    @Test
    void theOrganizationsLimitAndTheKeysCountTogether() {
        definitions.applyRateLimit("1", definition(null, 10, List.of("all")));
        definitions.applyRateLimit("2", definition("key", 5, List.of("events", "reads")));

        assertThat(found("key", RouteKind.EVENTS)).containsExactly(limit(null, 10), limit("key", 5));
        assertThat(found("key", RouteKind.PROXY)).containsExactly(limit(null, 10));
        assertThat(found("other", RouteKind.EVENTS)).containsExactly(limit(null, 10));
        assertThat(definitions.rateLimits(OTHER, "key", RouteKind.EVENTS)).isEmpty();
    }

    @Test
    void aLimitFollowsItsLatestDefinition() {
        definitions.applyRateLimit("1", definition("key", 5, List.of("events")));
        definitions.applyRateLimit("1", definition("other", 6, List.of("proxy")));

        assertThat(found("key", RouteKind.EVENTS)).isEmpty();
        assertThat(found("other", RouteKind.PROXY)).containsExactly(limit("other", 6));

        definitions.applyRateLimit("2", definition("other", 7, List.of("proxy")));
        definitions.applyRateLimit("1", null);

        assertThat(found("other", RouteKind.PROXY)).containsExactly(limit("other", 7));
        definitions.applyRateLimit("2", null);
        assertThat(found("other", RouteKind.PROXY)).isEmpty();
    }

    @Test
    void everyBoundIsRead() {
        definitions.applyRateLimit(
                "1",
                RateLimitDefinition.newBuilder(definition(null, 3, List.of("management", "of-a-later-release")))
                        .setBurst(1)
                        .setPerSecond(2)
                        .setPerHour(4)
                        .build());

        assertThat(found("key", RouteKind.MANAGEMENT))
                .containsExactly(new RateLimit(
                        Optional.empty(),
                        List.of(
                                new RateBound(RateSpan.BURST, 1),
                                new RateBound(RateSpan.SECOND, 2),
                                new RateBound(RateSpan.MINUTE, 3),
                                new RateBound(RateSpan.HOUR, 4))));
    }

    @Test
    void whileEverythingIsReadAnewTheOldLimitsHold() {
        definitions.applyRateLimit("1", definition(null, 10, List.of("all")));
        definitions.confirmed(definitions.now());
        definitions.startOver();
        definitions.applyRateLimit("2", definition("key", 5, List.of("all")));

        assertThat(found("key", RouteKind.READS)).containsExactly(limit(null, 10));
        definitions.confirmed(definitions.now());
        assertThat(found("key", RouteKind.READS)).containsExactly(limit("key", 5));
    }

    private List<RateLimit> found(String keyId, RouteKind kind) {
        return definitions.rateLimits(ORGANIZATION, keyId, kind);
    }

    private static RateLimit limit(@Nullable String keyId, int perMinute) {
        return new RateLimit(Optional.ofNullable(keyId), List.of(new RateBound(RateSpan.MINUTE, perMinute)));
    }

    private static RateLimitDefinition definition(@Nullable String keyId, int perMinute, List<String> appliesTo) {
        return RateLimitDefinition.newBuilder()
                .setRateLimitId("id")
                .setOrganizationId(ID)
                .setKeyId(keyId)
                .setPerMinute(perMinute)
                .setAppliesTo(appliesTo)
                .build();
    }
}
