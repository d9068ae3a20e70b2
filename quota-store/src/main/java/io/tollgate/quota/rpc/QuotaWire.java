package io.tollgate.quota.rpc;

import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.QuotaWarning;
import java.time.ZoneId;
import java.util.Optional;

/// Quotas, their warnings, and checks against them as they travel.
final class QuotaWire {
    private QuotaWire() {}

    static Wire.QuotaCheck toWire(QuotaCheck check) {
        return Wire.QuotaCheck.newBuilder()
                .setPartition(check.partition())
                .setSubjectKey(check.subjectKey())
                .setZone(check.zone().getId())
                .setMeter(check.meter())
                .setQuantity(Scalars.toWire(check.quantity()))
                .setEventTime(Scalars.micros(check.eventTime()))
                .build();
    }

    static QuotaCheck fromWire(Wire.QuotaCheck wire) {
        return new QuotaCheck(
                wire.getPartition(),
                wire.getSubjectKey(),
                ZoneId.of(wire.getZone()),
                wire.getMeter(),
                Scalars.fromWire(wire.getQuantity()),
                Scalars.instant(wire.getEventTime()));
    }

    static Wire.CheckAnswer toWire(CheckAnswer answer) {
        Wire.CheckAnswer.Builder wire = Wire.CheckAnswer.newBuilder();
        switch (answer) {
            case CheckAnswer.Unlimited unlimited ->
                wire.setUnlimited(Wire.Unlimited.newBuilder().setReserved(Scalars.toWire(unlimited.reserved())));
            case CheckAnswer.Judged judged -> wire.setJudged(toWire(judged));
            case CheckAnswer.NotJudged notJudged ->
                wire.setNotJudged(AdmissionWire.toWire(notJudged.reason(), notJudged.why()));
        }
        return wire.build();
    }

    static CheckAnswer fromWire(Wire.CheckAnswer wire) {
        return switch (wire.getAnswerCase()) {
            case UNLIMITED ->
                new CheckAnswer.Unlimited(Scalars.fromWire(wire.getUnlimited().getReserved()));
            case JUDGED -> fromWire(wire.getJudged());
            case NOT_JUDGED ->
                new CheckAnswer.NotJudged(
                        AdmissionWire.reason(wire.getNotJudged()),
                        wire.getNotJudged().getWhy());
            case ANSWER_NOT_SET -> throw Scalars.unknown("answer", wire.getAnswerCase());
        };
    }

    private static Wire.QuotaJudged toWire(CheckAnswer.Judged judged) {
        Wire.QuotaJudged.Builder wire = Wire.QuotaJudged.newBuilder()
                .setAllowed(judged.allowed())
                .setQuota(toWire(judged.quota()))
                .setCurrent(Scalars.toWire(judged.current()))
                .setReserved(Scalars.toWire(judged.reserved()))
                .setStale(judged.stale());
        judged.resetsAt().map(Scalars::micros).ifPresent(wire::setResetsAt);
        judged.warning().map(QuotaWire::toWire).ifPresent(wire::setWarning);
        return wire.build();
    }

    private static CheckAnswer.Judged fromWire(Wire.QuotaJudged wire) {
        return new CheckAnswer.Judged(
                wire.getAllowed(),
                fromWire(wire.getQuota()),
                Scalars.fromWire(wire.getCurrent()),
                Scalars.fromWire(wire.getReserved()),
                Scalars.instant(wire.hasResetsAt(), wire.getResetsAt()),
                wire.hasWarning() ? Optional.of(fromWire(wire.getWarning())) : Optional.empty(),
                wire.getStale());
    }

    private static Wire.Quota toWire(Quota quota) {
        Wire.Quota.Builder wire = Wire.Quota.newBuilder()
                .setId(quota.id())
                .setVersion(quota.version())
                .setLimit(Scalars.toWire(quota.limit()))
                .setPeriod(toWire(quota.period()))
                .setMode(toWire(quota.mode()))
                .setOverageAllowed(Scalars.toWire(quota.overageAllowed()));
        quota.softLimit().map(Scalars::toWire).ifPresent(wire::setSoftLimit);
        quota.graceLength().map(Scalars::micros).ifPresent(wire::setGraceLength);
        quota.graceEnd().map(Scalars::micros).ifPresent(wire::setGraceEnd);
        return wire.build();
    }

    private static Quota fromWire(Wire.Quota wire) {
        return new Quota(
                wire.getId(),
                wire.getVersion(),
                Scalars.fromWire(wire.getLimit()),
                fromWire(wire.getPeriod()),
                fromWire(wire.getMode()),
                Scalars.fromWire(wire.hasSoftLimit(), wire.getSoftLimit()),
                Scalars.fromWire(wire.getOverageAllowed()),
                Scalars.duration(wire.hasGraceLength(), wire.getGraceLength()),
                Scalars.instant(wire.hasGraceEnd(), wire.getGraceEnd()));
    }

    private static Wire.QuotaPeriod toWire(QuotaPeriod period) {
        Wire.QuotaPeriod.Builder wire = Wire.QuotaPeriod.newBuilder();
        switch (period) {
            case QuotaPeriod.Daily daily -> wire.setKind(Wire.QuotaPeriod.Kind.DAILY);
            case QuotaPeriod.Monthly monthly -> wire.setKind(Wire.QuotaPeriod.Kind.MONTHLY);
            case QuotaPeriod.Yearly yearly -> wire.setKind(Wire.QuotaPeriod.Kind.YEARLY);
            case QuotaPeriod.Lifetime lifetime -> wire.setKind(Wire.QuotaPeriod.Kind.LIFETIME);
            case QuotaPeriod.Rolling rolling -> wire.setKind(Wire.QuotaPeriod.Kind.ROLLING);
            case QuotaPeriod.Custom custom ->
                wire.setKind(Wire.QuotaPeriod.Kind.CUSTOM)
                        .setAnchor(Scalars.micros(custom.anchor()))
                        .setLength(Scalars.micros(custom.length()));
        }
        return wire.build();
    }

    private static QuotaPeriod fromWire(Wire.QuotaPeriod wire) {
        return switch (wire.getKind()) {
            case DAILY -> new QuotaPeriod.Daily();
            case MONTHLY -> new QuotaPeriod.Monthly();
            case YEARLY -> new QuotaPeriod.Yearly();
            case LIFETIME -> new QuotaPeriod.Lifetime();
            case ROLLING -> new QuotaPeriod.Rolling();
            case CUSTOM ->
                new QuotaPeriod.Custom(Scalars.instant(wire.getAnchor()), Scalars.duration(wire.getLength()));
            case KIND_UNSPECIFIED, UNRECOGNIZED -> throw Scalars.unknown("quota period", wire.getKind());
        };
    }

    static Wire.EnforcementMode toWire(EnforcementMode mode) {
        return switch (mode) {
            case HARD -> Wire.EnforcementMode.HARD;
            case SOFT -> Wire.EnforcementMode.SOFT;
            case DISABLED -> Wire.EnforcementMode.DISABLED;
        };
    }

    static EnforcementMode fromWire(Wire.EnforcementMode wire) {
        return switch (wire) {
            case HARD -> EnforcementMode.HARD;
            case SOFT -> EnforcementMode.SOFT;
            case DISABLED -> EnforcementMode.DISABLED;
            case ENFORCEMENT_MODE_UNSPECIFIED, UNRECOGNIZED -> throw Scalars.unknown("enforcement mode", wire);
        };
    }

    static Wire.QuotaWarning toWire(QuotaWarning warning) {
        Wire.QuotaWarning.Code code = switch (warning.code()) {
            case QUOTA_SOFT_LIMIT -> Wire.QuotaWarning.Code.QUOTA_SOFT_LIMIT;
            case QUOTA_OVERAGE -> Wire.QuotaWarning.Code.QUOTA_OVERAGE;
            case QUOTA_GRACE -> Wire.QuotaWarning.Code.QUOTA_GRACE;
        };
        Wire.QuotaWarning.Builder wire = Wire.QuotaWarning.newBuilder()
                .setCode(code)
                .setMeter(warning.meter())
                .setCurrent(Scalars.toWire(warning.current()))
                .setLimit(Scalars.toWire(warning.limit()));
        warning.softLimit().map(Scalars::toWire).ifPresent(wire::setSoftLimit);
        warning.resetsAt().map(Scalars::micros).ifPresent(wire::setResetsAt);
        warning.graceEnd().map(Scalars::micros).ifPresent(wire::setGraceEnd);
        return wire.build();
    }

    static QuotaWarning fromWire(Wire.QuotaWarning wire) {
        QuotaWarning.Code code = switch (wire.getCode()) {
            case QUOTA_SOFT_LIMIT -> QuotaWarning.Code.QUOTA_SOFT_LIMIT;
            case QUOTA_OVERAGE -> QuotaWarning.Code.QUOTA_OVERAGE;
            case QUOTA_GRACE -> QuotaWarning.Code.QUOTA_GRACE;
            case CODE_UNSPECIFIED, UNRECOGNIZED -> throw Scalars.unknown("warning", wire.getCode());
        };
        return new QuotaWarning(
                code,
                wire.getMeter(),
                Scalars.fromWire(wire.getCurrent()),
                Scalars.fromWire(wire.getLimit()),
                Scalars.fromWire(wire.hasSoftLimit(), wire.getSoftLimit()),
                Scalars.instant(wire.hasResetsAt(), wire.getResetsAt()),
                Scalars.instant(wire.hasGraceEnd(), wire.getGraceEnd()));
    }
}
