package io.tollgate.server.runtime;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.metering.quota.Quota;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.ledger.Quotas;
import java.time.Duration;
import java.util.Optional;

/// The quotas that the definition topics have told this process.
record DefinedQuotas(Definitions definitions) implements Quotas {
    private static final char KEY_SEPARATOR = '/';

    @Override
    public Optional<Quota> quota(String subjectKey, String meter) {
        int slash = subjectKey.indexOf(KEY_SEPARATOR);
        return definitions.quota(
                new OrganizationId(subjectKey.substring(0, slash)),
                new SubjectId(subjectKey.substring(slash + 1)),
                meter);
    }

    @Override
    public boolean awaitApplied(long position, Duration atMost) {
        return definitions.await(Topics.QUOTA_DEFINITIONS.name(), position, atMost);
    }

    /// Offset of the last quota definition that is applied; -1 for none.
    long applied() {
        return definitions.applied(Topics.QUOTA_DEFINITIONS.name());
    }
}
