package io.tollgate.aggregate.usage.topology;

import io.tollgate.event.QuotaAlert;
import io.tollgate.event.QuotaAlertKind;
import io.tollgate.metering.quota.Quota;
import io.tollgate.quota.ledger.Judgement.Crossing;
import io.tollgate.quota.ledger.LoggedEvent;

/// Crossings as records of `quota-alerts`.
final class AlertAvro {
    private AlertAvro() {}

    static QuotaAlert toAvro(Crossing crossing, LoggedEvent event, LogPlace place) {
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
        alert.setEventId(event.eventId().value());
        alert.setOccurredAt(crossing.at());
        alert.setSourcePartition(place.partition());
        alert.setSourceOffset(place.offset());
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
