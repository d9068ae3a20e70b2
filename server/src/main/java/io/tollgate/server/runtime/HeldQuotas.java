package io.tollgate.server.runtime;

import io.tollgate.billing.report.BusyTenant;
import io.tollgate.billing.report.QuotaFill;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.control.quota.QuotaUsage;
import io.tollgate.metering.quota.Quota;
import io.tollgate.quota.definition.Definitions;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How full quotas are, as definitions and the owners of the counters tell.
record HeldQuotas(Definitions definitions, QuotaUsage usage) implements QuotaFill {
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
    private static final int PERCENT_SCALE = 2;

    private record Question(BusyTenant tenant, QuotaUsage.Asked asked, BigDecimal limit) {}

    @Override
    public Map<BusyTenant, BigDecimal> highest(OrganizationId organizationId, Collection<BusyTenant> tenants) {
        List<Question> questions = new ArrayList<>();
        for (BusyTenant tenant : tenants) {
            SubjectId subject = SubjectId.tenant(tenant.tenantId());
            for (String meter : tenant.meters()) {
                definitions
                        .quota(organizationId, subject, meter)
                        .map(Quota::limit)
                        .filter(limit -> limit.signum() > 0)
                        .ifPresent(limit -> questions.add(new Question(
                                tenant, new QuotaUsage.Asked(tenant.tenantId(), new MeterKey(meter)), limit)));
            }
        }
        List<Optional<QuotaUsage.Usage>> answers = usage.usage(
                organizationId, questions.stream().map(Question::asked).toList());
        Map<BusyTenant, BigDecimal> highest = new HashMap<>();
        for (int i = 0; i < questions.size(); i++) {
            Question question = questions.get(i);
            answers.get(i)
                    .map(held -> held.current()
                            .add(held.reserved())
                            .multiply(HUNDRED)
                            .divide(question.limit(), PERCENT_SCALE, RoundingMode.HALF_UP))
                    .ifPresent(percent -> highest.merge(question.tenant(), percent, BigDecimal::max));
        }
        return highest;
    }
}
