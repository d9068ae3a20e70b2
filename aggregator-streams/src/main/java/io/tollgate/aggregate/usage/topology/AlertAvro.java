package io.tollgate.aggregate.usage.topology;

import io.tollgate.event.QuotaAlert;
import io.tollgate.event.QuotaAlertKind;
import io.tollgate.metering.limit.PlanLimit;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.quota.Quota;
import io.tollgate.quota.ledger.Judgement.Crossing;
import io.tollgate.quota.metric.MetricValue;
import java.util.List;

/// Crossings as records of `quota-alerts`.
final class AlertAvro {
    private AlertAvro() {}

    /// @param eventId of the event that crossed it by coming, or by being taken out
    static QuotaAlert toAvro(Crossing crossing, String eventId, LogPlace place) {
        String subjectKey = crossing.room().subjectKey();
        int slash = subjectKey.indexOf('/');
        Quota quota = crossing.quota();
        QuotaAlert alert = new QuotaAlert();
        alert.setKind(kind(crossing.kind()));
        alert.setQuotaId(quota.id());
        alert.setQuotaVersion(quota.version());
        alert.setOrganizationId(subjectKey.substring(0, slash));
        alert.setSubject(subjectKey.substring(slash + 1));
        alert.setMeter(crossing.room().meter());
        alert.setLimitValue(quota.limit());
        alert.setSoftLimit(quota.softLimit().orElse(null));
        alert.setValue(crossing.value());
        alert.setWindowStart(crossing.room().span().start());
        alert.setWindowEnd(crossing.room().span().resetsAt().orElse(null));
        alert.setEventId(eventId);
        alert.setOccurredAt(crossing.at());
        alert.setSourcePartition(place.partition());
        alert.setSourceOffset(place.offset());
        alert.setWebhookUrls(List.of());
        return alert;
    }

    /// A crossing of a plan limit.
    static QuotaAlert toAvro(QuotaAlertKind kind, String subjectKey, MetricValue.Tested tested, LogPlace place) {
        int slash = subjectKey.indexOf('/');
        PlanLimit limit = tested.status().limit();
        QuotaAlert alert = new QuotaAlert();
        alert.setKind(kind);
        alert.setQuotaId(limit.id());
        alert.setQuotaVersion(0);
        alert.setOrganizationId(subjectKey.substring(0, slash));
        alert.setSubject(subjectKey.substring(slash + 1));
        alert.setMeter(limit.meter());
        alert.setLimitValue(limit.value());
        alert.setValue(tested.status().usage().setScale(Quantity.SCALE));
        alert.setWindowStart(tested.start());
        alert.setWindowEnd(tested.resetsAt().orElse(null));
        alert.setOccurredAt(place.appendedAt());
        alert.setSourcePartition(place.partition());
        alert.setSourceOffset(place.offset());
        alert.setBreachAction(limit.action().word());
        alert.setLimitOperator(limit.operator().word());
        alert.setWebhookUrls(limit.webhookUrls());
        return alert;
    }

    private static QuotaAlertKind kind(Crossing.Kind kind) {
        return switch (kind) {
            case SOFT -> QuotaAlertKind.SOFT;
            case HARD -> QuotaAlertKind.HARD;
            case BREACH -> QuotaAlertKind.BREACH;
            case RECOVERY -> QuotaAlertKind.RECOVERY;
            case GRACE_STARTED -> QuotaAlertKind.GRACE_STARTED;
        };
    }
}
