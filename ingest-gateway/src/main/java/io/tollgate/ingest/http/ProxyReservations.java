package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Requires;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.WriteObserver;
import io.tollgate.ingest.proxy.ProxyCall;
import io.tollgate.ingest.reservation.NotFound;
import io.tollgate.ingest.reservation.Releasing;
import io.tollgate.ingest.reservation.ReservationOrder;
import io.tollgate.ingest.reservation.ReservationRecorder;
import io.tollgate.ingest.reservation.Reserving;
import io.tollgate.ingest.reservation.Settling;
import io.tollgate.ingest.reservation.Unavailable;
import io.tollgate.ingest.reservation.WrongState;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.QuotaChecks;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.metric.BreachStatus;
import io.tollgate.quota.metric.LimitDecisions.Projection;
import io.tollgate.quota.query.CounterLookup;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a proxy call with `count` holds, records and gives back. A call whose gateway dies gives back what it held when
/// its reservation expires. Blocks; for virtual threads.
@Singleton
@Requires(property = "tollgate.roles.gateway", value = "true")
final class ProxyReservations {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyReservations.class);

    /// Beyond the target's time-out, for the steps before and after it.
    private static final Duration MARGIN = Duration.ofSeconds(30);

    private static final byte[] NO_BYTES = {};

    private final ReservationJson json;
    private final ReservationRecorder recorder;
    private final QuotaChecks checks;
    private final CounterLookup lookup;
    private final EventWriting writing;
    private final WriteObserver writes;
    private final InstantSource clock;

    ProxyReservations(
            ReservationRecorder recorder,
            QuotaChecks checks,
            CounterLookup lookup,
            EventWriting writing,
            WriteObserver writes,
            IngestConfig config,
            InstantSource clock) {
        this.json = new ReservationJson(config.eventTimeBounds());
        this.recorder = recorder;
        this.checks = checks;
        this.lookup = lookup;
        this.writing = writing;
        this.writes = writes;
        this.clock = clock;
    }

    /// @param others held by other reservations of the same metric
    record Hold(
            OrganizationId organizationId,
            TenantId tenantId,
            Reservation reservation,
            BigDecimal others,
            boolean settledBefore) {
        /// What a test of limits must add to usage.
        Projection beside() {
            return new Projection(others, settledBefore ? BigDecimal.ZERO : reservation.quantity());
        }

        /// As the answer shows it when nothing was recorded.
        Map<String, Object> released() {
            Map<String, Object> usage = new LinkedHashMap<>();
            usage.put("reservation_id", reservation.id().value());
            usage.put("quantity", BreachStatus.decimal(reservation.quantity()));
            usage.put("settled", false);
            return usage;
        }
    }

    /// Holds the call's count.
    ///
    /// @throws Problem if a quota has no room for it, or nobody can be asked
    Hold hold(OrganizationId organizationId, ProxyCall call) {
        TenantId tenantId = call.tenantId().orElseThrow();
        MeterKey meter = new MeterKey(call.meter());
        ZoneId zone = writing.zoneOf(organizationId);
        Instant now = now();
        Duration timeToLive = Duration.ofSeconds(call.timeout().plus(MARGIN).toSeconds());
        ReservationOrder order = new ReservationOrder(
                tenantId,
                List.of(new ReservationOrder.Item(
                        meter,
                        call.count().orElseThrow(),
                        call.idempotencyKey().map(key -> new ReservationOrder.Key(key, 0)))),
                timeToLive);
        return switch (recorder.reserve(organizationId, zone, order, now, ThreadLocalRandom.current())) {
            case Reserving.Opened opened -> {
                writes.written(organizationId, opened.position());
                Reservation reservation = opened.reservations().getFirst();
                try {
                    yield held(organizationId, tenantId, meter, zone, reservation, now);
                } catch (Problem problem) {
                    release(new Hold(organizationId, tenantId, reservation, BigDecimal.ZERO, false));
                    throw problem;
                }
            }
            case Reserving.Repeated repeated -> repeated(organizationId, tenantId, repeated);
            case Reserving.KeyReused reused ->
                throw Problem.of(
                        ErrorCode.IDEMPOTENCY_KEY_REUSED,
                        "The idempotency key stands for another quantity or metric already.");
            case Reserving.Denied denied -> throw QuotaJson.problem(denied.denial());
            case Unavailable unavailable -> throw problem(unavailable);
        };
    }

    private static Hold repeated(OrganizationId organizationId, TenantId tenantId, Reserving.Repeated repeated) {
        Reservation reservation = repeated.reservations().getFirst();
        return switch (reservation.state()) {
            // Its own call will settle or release it; a second one must not do so under its hands.
            case OPEN ->
                throw Problem.of(ErrorCode.INVALID_STATE, "A call with this idempotency key is under way; ask again.")
                        .retryAfter(1);
            case SETTLED -> new Hold(organizationId, tenantId, reservation, BigDecimal.ZERO, true);
            case RELEASED, EXPIRED ->
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "The call with this idempotency key did not come to anything; call again with another key.");
        };
    }

    private Hold held(
            OrganizationId organizationId,
            TenantId tenantId,
            MeterKey meter,
            ZoneId zone,
            Reservation reservation,
            Instant now) {
        String subjectKey = new SubjectKey(organizationId, SubjectId.tenant(tenantId)).recordKey();
        CheckAnswer answer = checks.check(List.of(new QuotaCheck(
                        lookup.partitionOf(subjectKey), subjectKey, zone, meter.value(), BigDecimal.ZERO, now)))
                .getFirst();
        BigDecimal reserved = switch (answer) {
            case CheckAnswer.Unlimited unlimited -> unlimited.reserved();
            case CheckAnswer.Judged judged -> judged.reserved();
            case CheckAnswer.NotJudged notJudged ->
                throw Problem.of(ErrorCode.OWNER_UNAVAILABLE, notJudged.why()).retryAfter(1);
        };
        return new Hold(
                organizationId,
                tenantId,
                reservation,
                reserved.subtract(reservation.quantity()).max(BigDecimal.ZERO),
                false);
    }

    /// Records what is held as an event, and tells of it. The target has done its work: where recording cannot be
    /// confirmed, the answer goes out all the same and says so, and the reservation can still be settled by its id.
    Map<String, Object> settle(Hold hold) {
        try {
            return settled(hold);
        } catch (Problem problem) {
            LOG.warn("what a proxy call used is not known to be recorded: {}", problem.message());
            Map<String, Object> usage = hold.released();
            usage.put("warning", problem.message());
            return usage;
        }
    }

    private Map<String, Object> settled(Hold hold) {
        Instant now = now();
        ZoneId zone = writing.zoneOf(hold.organizationId());
        return switch (recorder.settle(
                hold.organizationId(),
                hold.reservation().id(),
                zone,
                held -> json.readSettlement(NO_BYTES, held, now),
                now,
                ThreadLocalRandom.current())) {
            case Settling.Settled settled -> {
                writes.written(hold.organizationId(), settled.position());
                Map<String, Object> usage = new LinkedHashMap<>();
                usage.put("reservation_id", hold.reservation().id().value());
                usage.put("event_id", settled.held().eventId().value());
                usage.put("quantity", BreachStatus.decimal(settled.quantity()));
                usage.put("settled", true);
                yield usage;
            }
            case Settling.Denied denied -> throw QuotaJson.problem(denied.denial());
            case WrongState wrong ->
                throw Problem.of(ErrorCode.INVALID_STATE, "The reservation of this call has ended meanwhile.");
            case NotFound notFound ->
                throw Problem.of(ErrorCode.INVALID_STATE, "The reservation of this call has ended meanwhile.");
            case Unavailable unavailable -> throw problem(unavailable);
        };
    }

    /// Gives back what is held. What cannot be given back now is free when the reservation expires.
    void release(Hold hold) {
        if (hold.settledBefore()) {
            return;
        }
        Releasing releasing = recorder.release(
                hold.organizationId(),
                hold.reservation().id(),
                writing.zoneOf(hold.organizationId()),
                now(),
                ThreadLocalRandom.current());
        if (releasing instanceof Releasing.Released released) {
            writes.written(hold.organizationId(), released.position());
        } else {
            LOG.info(
                    "what a proxy call held is given back when it expires: {}",
                    releasing.getClass().getSimpleName());
        }
    }

    private static Problem problem(Unavailable unavailable) {
        return Problem.of(
                        switch (unavailable.missing()) {
                            case OWNER -> ErrorCode.OWNER_UNAVAILABLE;
                            case LOG -> ErrorCode.LOG_UNAVAILABLE;
                        },
                        unavailable.why())
                .retryAfter(unavailable.retryAfterSeconds());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
