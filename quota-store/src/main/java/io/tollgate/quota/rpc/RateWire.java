package io.tollgate.quota.rpc;

import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.ratelimit.RateBound;
import io.tollgate.metering.ratelimit.RateLimit;
import io.tollgate.metering.ratelimit.RateSpan;
import io.tollgate.metering.ratelimit.RateVerdict;
import io.tollgate.quota.ratelimit.RateQuestion;
import java.util.Optional;

/// Questions about rate limits and what they say, as they travel.
final class RateWire {
    private RateWire() {}

    static Wire.CountCall toWire(RateQuestion question) {
        Wire.CountCall.Builder wire = Wire.CountCall.newBuilder()
                .setPartition(question.partition())
                .setOrganizationId(question.organizationId().value());
        for (RateLimit limit : question.limits()) {
            Wire.RateLimit.Builder bounds = wire.addLimitsBuilder();
            limit.keyId().ifPresent(bounds::setKeyId);
            for (RateBound bound : limit.bounds()) {
                bounds.addBoundsBuilder().setSpan(toWire(bound.span())).setRequestsMax(bound.requestsMax());
            }
        }
        return wire.build();
    }

    static RateQuestion fromWire(Wire.CountCall wire) {
        return new RateQuestion(
                wire.getPartition(),
                new OrganizationId(wire.getOrganizationId()),
                wire.getLimitsList().stream().map(RateWire::fromWire).toList());
    }

    private static RateLimit fromWire(Wire.RateLimit wire) {
        return new RateLimit(
                wire.hasKeyId() ? Optional.of(wire.getKeyId()) : Optional.empty(),
                wire.getBoundsList().stream()
                        .map(bound -> new RateBound(fromWire(bound.getSpan()), bound.getRequestsMax()))
                        .toList());
    }

    /// Empty: the partition is not owned there.
    static Wire.CountReply toWire(Optional<RateVerdict> answer) {
        Wire.CountReply.Builder wire = Wire.CountReply.newBuilder();
        if (answer.isEmpty()) {
            return wire.setNotHere(Wire.NotHere.getDefaultInstance()).build();
        }
        switch (answer.get()) {
            case RateVerdict.Passed passed ->
                wire.getPassedBuilder()
                        .setLimit(passed.limit())
                        .setRemaining(passed.remaining())
                        .setResetAt(Scalars.micros(passed.resetAt()));
            case RateVerdict.Refused refused ->
                wire.getRefusedBuilder()
                        .setLimit(refused.limit())
                        .setResetAt(Scalars.micros(refused.resetAt()))
                        .setRetryAfterSeconds(refused.retryAfterSeconds());
        }
        return wire.build();
    }

    static Optional<RateVerdict> fromWire(Wire.CountReply wire) {
        return switch (wire.getReplyCase()) {
            case PASSED ->
                Optional.of(new RateVerdict.Passed(
                        wire.getPassed().getLimit(),
                        wire.getPassed().getRemaining(),
                        Scalars.instant(wire.getPassed().getResetAt())));
            case REFUSED ->
                Optional.of(new RateVerdict.Refused(
                        wire.getRefused().getLimit(),
                        Scalars.instant(wire.getRefused().getResetAt()),
                        wire.getRefused().getRetryAfterSeconds()));
            case NOT_HERE -> Optional.empty();
            case REPLY_NOT_SET -> throw new IllegalArgumentException("a count is answered with something");
        };
    }

    private static Wire.RateBound.Span toWire(RateSpan span) {
        return switch (span) {
            case BURST -> Wire.RateBound.Span.BURST;
            case SECOND -> Wire.RateBound.Span.SECOND;
            case MINUTE -> Wire.RateBound.Span.MINUTE;
            case HOUR -> Wire.RateBound.Span.HOUR;
        };
    }

    private static RateSpan fromWire(Wire.RateBound.Span span) {
        return switch (span) {
            case BURST -> RateSpan.BURST;
            case SECOND -> RateSpan.SECOND;
            case MINUTE -> RateSpan.MINUTE;
            case HOUR -> RateSpan.HOUR;
            case SPAN_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("unknown span " + span);
        };
    }
}
