package io.tollgate.server.runtime;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.control.quota.QuotaUsage;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.QuotaChecks;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.query.CounterLookup;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/// What quotas hold, asked of the owners as a check of nothing.
record CheckedUsage(QuotaChecks checks, CounterLookup lookup, Definitions definitions, InstantSource clock)
        implements QuotaUsage {
    private static final BigDecimal NOTHING = BigDecimal.ZERO.setScale(Quantity.SCALE);

    @Override
    public List<Optional<Usage>> usage(OrganizationId organizationId, List<Asked> asked) {
        if (asked.isEmpty()) {
            return List.of();
        }
        ZoneId zone = definitions.zone(organizationId).orElse(ZoneOffset.UTC);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        List<QuotaCheck> questions = asked.stream()
                .map(one -> {
                    String subjectKey = new SubjectKey(organizationId, SubjectId.tenant(one.tenantId())).recordKey();
                    return new QuotaCheck(
                            lookup.partitionOf(subjectKey),
                            subjectKey,
                            zone,
                            one.meter().value(),
                            NOTHING,
                            now);
                })
                .toList();
        return checks.check(questions).stream().map(CheckedUsage::usage).toList();
    }

    private static Optional<Usage> usage(CheckAnswer answer) {
        return answer instanceof CheckAnswer.Judged judged
                ? Optional.of(new Usage(judged.current(), judged.reserved()))
                : Optional.empty();
    }
}
