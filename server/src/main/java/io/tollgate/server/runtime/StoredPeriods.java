package io.tollgate.server.runtime;

import io.tollgate.billing.daily.SliceUsage;
import io.tollgate.billing.daily.StoredLog;
import io.tollgate.billing.usage.Span;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.control.simulation.PastUsage;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.metric.MetricSettings;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.metric.Metrics;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What simulations price: usage as the sink has stored it, meters as they are defined.
record StoredPeriods(SliceUsage usage, StoredLog log, Definitions definitions, InstantSource clock)
        implements PastUsage {
    @Override
    public boolean awaitStored(Duration atMost) {
        return log.awaitAll(atMost);
    }

    @Override
    public void read(
            OrganizationId organizationId,
            Collection<String> meters,
            List<Slice> slices,
            List<String> tenants,
            boolean others,
            Consumer<Used> rows) {
        usage.read(
                organizationId,
                meters,
                slices.stream()
                        .map(slice -> new io.tollgate.billing.daily.Slice(
                                slice.number(), new Span(slice.start(), slice.end())))
                        .toList(),
                new SliceUsage.Whose(tenants, others),
                row -> rows.accept(new Used(row.tenantId(), row.meter(), row.slice(), row.counted())));
    }

    @Override
    public Counting counting(OrganizationId organizationId, String tenantId, String meter) {
        MetricSettings settings = new Metrics(definitions)
                .metric(organizationId, SubjectId.tenant(new TenantId(tenantId)), meter, clock.instant())
                .settings();
        return new Counting(settings.operation(), settings.type() == MetricType.STRIPE_BILLING);
    }

    @Override
    public Optional<BigDecimal> last(
            OrganizationId organizationId, String tenantId, String meter, Instant start, Instant end) {
        return usage.last(organizationId, tenantId, meter, new Span(start, end));
    }
}
