package io.tollgate.quota.definition;

import io.tollgate.contract.OrganizationId;
import io.tollgate.definition.RateLimitDefinition;
import io.tollgate.metering.ratelimit.RateBound;
import io.tollgate.metering.ratelimit.RateLimit;
import io.tollgate.metering.ratelimit.RateSpan;
import io.tollgate.metering.ratelimit.RouteKind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Rate limits out of Avro.
final class RateLimitAvro {
    private RateLimitAvro() {}

    /// @throws IllegalArgumentException for a definition that bounds nothing
    static RateLimitTable.Row fromAvro(RateLimitDefinition definition) {
        List<RateBound> bounds = new ArrayList<>();
        add(bounds, RateSpan.BURST, definition.getBurst());
        add(bounds, RateSpan.SECOND, definition.getPerSecond());
        add(bounds, RateSpan.MINUTE, definition.getPerMinute());
        add(bounds, RateSpan.HOUR, definition.getPerHour());
        // A kind that only a later release knows is of routes that this one does not serve.
        Set<RouteKind> kinds = EnumSet.noneOf(RouteKind.class);
        definition.getAppliesTo().forEach(word -> RouteKind.ofWord(word).ifPresent(kinds::add));
        return new RateLimitTable.Row(
                new OrganizationId(definition.getOrganizationId()),
                new RateLimit(Optional.ofNullable(definition.getKeyId()), bounds),
                kinds);
    }

    private static void add(List<RateBound> bounds, RateSpan span, @Nullable Integer requestsMax) {
        if (requestsMax != null) {
            bounds.add(new RateBound(span, requestsMax));
        }
    }
}
