package io.tollgate.quota.metric;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.limit.EffectivePlan;
import io.tollgate.metering.limit.LimitReport;
import io.tollgate.metering.limit.LimitStatus;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.definition.Tenant;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Tests plan limits against usage so far, for proxy and check. Records nothing. May block, but for
/// [#atOnce()]. Thread-safe.
public final class LimitDecisions implements PlanLimitTest {
    /// What is to be used and what others hold, for a test of the value that would come of it.
    public record Projection(BigDecimal reserved, BigDecimal count) {}

    private static final EffectivePlan NO_PLAN =
            new EffectivePlan(Optional.empty(), EffectivePlan.Source.NONE, false, false, "Not a customer.");

    private final MetricReads reads;
    private final MetricReader reader;
    private final Definitions definitions;

    public LimitDecisions(MetricReads reads, Definitions definitions) {
        this(reads, reads, definitions);
    }

    private LimitDecisions(MetricReads reads, MetricReader reader, Definitions definitions) {
        this.reads = reads;
        this.reader = reader;
        this.definitions = definitions;
    }

    /// The same for event loops: what would have to be waited for is [LimitDecision.Unavailable].
    public LimitDecisions atOnce() {
        return new LimitDecisions(reads, reads.atOnce(), definitions);
    }

    /// Whether the limits on one meter of a tenant let it go on.
    ///
    /// @param mustExist whether a meter that nobody defined and nothing was counted for is no metric
    public LimitDecision ofMeter(
            OrganizationId organizationId,
            TenantId tenantId,
            String meter,
            Optional<Projection> projection,
            boolean mustExist) {
        return ofTenant(organizationId, tenantId, List.of(meter), projection, mustExist);
    }

    @Override
    public Optional<LimitDecision> test(OrganizationId organizationId, TenantId tenantId, String meter) {
        boolean limited = !reads.metrics()
                .metric(organizationId, SubjectId.tenant(tenantId), meter, reads.now())
                .limits()
                .limits()
                .isEmpty();
        if (!limited && definitions.tenant(organizationId, tenantId).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                ofTenant(organizationId, tenantId, limited ? List.of(meter) : List.of(), Optional.empty(), false));
    }

    /// Whether all plan limits of a tenant let it go on.
    public LimitDecision ofAll(OrganizationId organizationId, TenantId tenantId) {
        return ofTenant(
                organizationId,
                tenantId,
                reads.metrics().limited(organizationId, tenantId, reads.now()),
                Optional.empty(),
                false);
    }

    /// Whether the limits on one meter of the organization itself let it go on.
    public LimitDecision ofOrganization(OrganizationId organizationId, String meter, Optional<Projection> projection) {
        return decide(organizationId, SubjectId.organization(), List.of(meter), projection, true, NO_PLAN);
    }

    private LimitDecision ofTenant(
            OrganizationId organizationId,
            TenantId tenantId,
            Collection<String> meters,
            Optional<Projection> projection,
            boolean mustExist) {
        switch (definitions
                .tenant(organizationId, tenantId)
                .orElse(Tenant.IMPLICIT)
                .status()) {
            case SUSPENDED -> {
                return new LimitDecision.Suspended();
            }
            case DELETED -> {
                return new LimitDecision.Deleted();
            }
            case ACTIVE -> {}
        }
        EffectivePlan plan = reads.metrics().plan(organizationId, tenantId, reads.now());
        if (plan.freePlanMissing() && definitions.deniesExpiredWithoutFreePlan(organizationId)) {
            return new LimitDecision.Expired(plan);
        }
        return decide(organizationId, SubjectId.tenant(tenantId), meters, projection, mustExist, plan);
    }

    private LimitDecision decide(
            OrganizationId organizationId,
            SubjectId subject,
            Collection<String> meters,
            Optional<Projection> projection,
            boolean mustExist,
            EffectivePlan plan) {
        return switch (reader.read(organizationId, subject, meters, Optional.empty())) {
            case MetricReader.Outcome.Unavailable unavailable -> new LimitDecision.Unavailable(unavailable.why());
            case MetricReader.Outcome.Found found -> judge(found, projection, mustExist, plan);
        };
    }

    private static LimitDecision judge(
            MetricReader.Outcome.Found found, Optional<Projection> projection, boolean mustExist, EffectivePlan plan) {
        for (MetricValue value : found.metrics()) {
            if (mustExist && !value.exists()) {
                // A copy that lags behind cannot know that there is no such metric.
                return found.stale()
                        ? new LimitDecision.Unavailable("The counters are changing hands; ask again.")
                        : new LimitDecision.NoMetric(value.metric().meter());
            }
            Optional<MetricValue.Tested> denied = denied(value, projection);
            if (denied.isPresent()) {
                return new LimitDecision.Denied(value, denied.get(), plan);
            }
        }
        return new LimitDecision.Allowed(found.metrics(), plan, found.stale());
    }

    private static Optional<MetricValue.Tested> denied(MetricValue value, Optional<Projection> projection) {
        List<LimitStatus> statuses = value.limits().stream()
                .map(MetricValue.Tested::status)
                .map(status -> projection
                        .map(asked ->
                                LimitStatus.projected(status.limit(), status.usage(), asked.reserved(), asked.count()))
                        .orElse(status))
                .toList();
        Optional<LimitReport> report = LimitReport.worst(statuses).filter(LimitReport::denied);
        return report.flatMap(worst -> value.limits().stream()
                .filter(tested ->
                        tested.status().limit().equals(worst.reported().limit()))
                .map(tested ->
                        new MetricValue.Tested(worst.reported(), tested.start(), tested.since(), tested.resetsAt()))
                .findFirst());
    }
}
