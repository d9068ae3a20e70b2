package io.tollgate.server.runtime;

import io.tollgate.billing.invoice.MeterBilling;
import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.metric.MetricSettings;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.metric.Metrics;
import java.time.InstantSource;

/// How meters come onto invoices, as definitions tell of them.
record DefinedMeterBilling(Definitions definitions, InstantSource clock) implements MeterBilling.Source {
    @Override
    public MeterBilling of(SubjectKey subject, String meter) {
        MetricSettings settings = new Metrics(definitions)
                .metric(subject.organizationId(), subject.subject(), meter, clock.instant())
                .settings();
        return new MeterBilling(settings.operation(), settings.type() == MetricType.STRIPE_BILLING);
    }
}
