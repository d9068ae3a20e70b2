package io.tollgate.ingest.http;

import com.fasterxml.jackson.core.JsonToken;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.EventDraft;
import io.tollgate.ingest.event.EventDraft.Member;
import io.tollgate.ingest.event.EventTimeBounds;
import io.tollgate.ingest.event.FieldFault;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.http.EventJson.Reading;
import io.tollgate.ingest.reservation.Held;
import io.tollgate.ingest.reservation.ReservationDraft;
import io.tollgate.ingest.reservation.ReservationIntake;
import io.tollgate.ingest.reservation.ReservationOrder;
import io.tollgate.ingest.reservation.Settling;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationRequest;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reservations on the wire: reads bodies as [EventJson] reads events, and writes how things stand. Raises a [Problem]
/// for what cannot be read. Thread-safe.
final class ReservationJson {
    private static final String ITEMS = "items";
    private static final String TIME_TO_LIVE = "ttl_seconds";

    /// Rank of what stands beside the items: any item's own member wins.
    private static final int INHERITED = 9;

    private final EventTimeBounds bounds;

    ReservationJson(EventTimeBounds bounds) {
        this.bounds = bounds;
    }

    /// What a request orders.
    ///
    /// @param list whether it has a list of items, and its answer a list of reservations
    record Ordered(boolean list, ReservationOrder order) {}

    /// Reads one item, or those in `items`. Tenant, time to live and idempotency key may stand beside them.
    ///
    /// @param keyIfNone idempotency key of a request whose body has none
    Ordered readOrder(byte[] body, @Nullable String keyIfNone, Instant now) {
        ReservationDraft reservation = new ReservationDraft();
        EventDraft beside = new EventDraft(bounds, now);
        boolean list = EventJson.reading(body, beside, reading -> readBeside(reading, reservation, keyIfNone));
        if (list) {
            checkText(beside, Member.TENANT, "tenant_id");
            checkText(beside, Member.IDEMPOTENCY_KEY, "idempotency_key");
            // A second pass: what stands beside the items may stand after them.
            EventJson.reading(
                    body, new EventDraft(bounds, now, ITEMS), reading -> readItems(reading, beside, reservation));
        } else {
            reservation.item("", beside.finishReserved(), true);
        }
        return switch (reservation.finish()) {
            case ReservationIntake.Refused refused -> throw Problem.invalid(refused.code(), refused.errors());
            case ReservationIntake.Taken taken -> new Ordered(list, taken.order());
        };
    }

    private static void checkText(EventDraft beside, Member member, String name) {
        if (beside.has(member) && beside.textOf(member) == null) {
            throw invalid(name, FieldFault.INVALID_TYPE, "must be a string");
        }
    }

    /// Whether there are items; they are skipped here.
    private static boolean readBeside(Reading reading, ReservationDraft reservation, @Nullable String keyIfNone)
            throws IOException {
        reading.startObject();
        boolean list = false;
        for (String name = reading.parser().nextFieldName();
                name != null;
                name = reading.parser().nextFieldName()) {
            switch (name) {
                case ITEMS -> {
                    if (reading.parser().nextToken() != JsonToken.START_ARRAY) {
                        throw invalid(ITEMS, FieldFault.INVALID_TYPE, "must be an array");
                    }
                    reading.parser().skipChildren();
                    list = true;
                }
                case TIME_TO_LIVE -> readTimeToLive(reading, name, reservation);
                case "timestamp" -> reading.skip();
                default -> reading.member(name);
            }
        }
        reading.keyed(keyIfNone);
        return list;
    }

    private static ReservationDraft readItems(Reading reading, EventDraft beside, ReservationDraft reservation)
            throws IOException {
        reading.startObject();
        for (String name = reading.parser().nextFieldName();
                name != null;
                name = reading.parser().nextFieldName()) {
            if (!name.equals(ITEMS)) {
                reading.skip();
                continue;
            }
            reading.parser().nextToken();
            int index = 0;
            while (reading.parser().nextToken() != JsonToken.END_ARRAY) {
                if (reservation.full()) {
                    throw invalid(
                            ITEMS,
                            FieldFault.TOO_LONG,
                            "must have at most " + ReservationRequest.Reserve.ITEMS_MAX + " items");
                }
                readItem(reading, index++, beside, reservation);
            }
            if (index == 0) {
                throw invalid(ITEMS, FieldFault.REQUIRED, "must have at least one item");
            }
        }
        return reservation;
    }

    private static void readItem(Reading reading, int index, EventDraft beside, ReservationDraft reservation)
            throws IOException {
        EventDraft item = reading.draft();
        String path = ITEMS + "[" + index + "]";
        item.begin(index);
        if (reading.parser().currentToken() != JsonToken.START_OBJECT) {
            reading.parser().skipChildren();
            reservation.item(path, item.notAnObject(), false);
            return;
        }
        inherit(beside, item, Member.TENANT, "tenant_id");
        inherit(beside, item, Member.IDEMPOTENCY_KEY, "idempotency_key");
        for (String name = reading.parser().nextFieldName();
                name != null;
                name = reading.parser().nextFieldName()) {
            switch (name) {
                case TIME_TO_LIVE -> readTimeToLive(reading, path + "." + name, reservation);
                case "timestamp" -> reading.skip();
                default -> reading.member(name);
            }
        }
        boolean ownKey = !item.takes(Member.IDEMPOTENCY_KEY, INHERITED);
        reservation.item(path, item.finishReserved(), ownKey);
    }

    private static void inherit(EventDraft beside, EventDraft item, Member member, String name) {
        String text = beside.textOf(member);
        if (text != null) {
            item.text(member, INHERITED + 1, name, text);
        }
    }

    private static void readTimeToLive(Reading reading, String path, ReservationDraft reservation) throws IOException {
        switch (reading.parser().nextToken()) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                reservation.timeToLive(path, reading.parser().getText());
            case VALUE_NULL -> {}
            default -> {
                reading.parser().skipChildren();
                reservation.timeToLive(path, null);
            }
        }
    }

    /// Reads what is to be recorded against a reservation; an empty body records all that it holds.
    ReportedEvent readSettlement(byte[] body, Held held, Instant now) {
        EventDraft draft = new EventDraft(bounds, now);
        if (body.length > 0) {
            EventJson.reading(body, draft, ReservationJson::readSettlement);
        }
        Reservation reservation = held.reservation();
        Reported reported = draft.finishSettlement(
                new MeterKey(reservation.meter()),
                held.subjectKey().subject().tenantId().orElse(null),
                Quantity.rounded(reservation.quantity()),
                reservation.id().value());
        return switch (reported) {
            case Reported.Invalid invalid -> throw Problem.invalid(invalid.code(), invalid.errors());
            case ReportedEvent event -> event;
        };
    }

    private static EventDraft readSettlement(Reading reading) throws IOException {
        reading.startObject();
        for (String name = reading.parser().nextFieldName();
                name != null;
                name = reading.parser().nextFieldName()) {
            switch (name) {
                case "quantity" -> reading.value(Member.QUANTITY, 0, name);
                case "value" -> reading.value(Member.QUANTITY, 1, name);
                case "metadata" -> reading.value(Member.METADATA, 0, name);
                case "timestamp" -> reading.value(Member.EVENT_TIME, 0, name);
                default -> reading.skip();
            }
        }
        return reading.draft();
    }

    private static Problem invalid(String path, FieldFault fault, String message) {
        return Problem.invalid(
                ErrorCode.VALIDATION_FAILED, List.of(new Problem.FieldError(path, fault.name(), message)));
    }

    /// The answer to a request that holds something.
    ///
    /// @param remaining one per reservation
    static Object reserved(boolean list, List<Reservation> reservations, List<Optional<BigDecimal>> remaining) {
        List<Map<String, @Nullable Object>> answers = new ArrayList<>(reservations.size());
        for (int i = 0; i < reservations.size(); i++) {
            Reservation reservation = reservations.get(i);
            Map<String, @Nullable Object> answer = new LinkedHashMap<>();
            answer.put("reservation_id", reservation.id().value());
            answer.put("status", reservation.state().name());
            answer.put("event_type", reservation.meter());
            answer.put("quantity", QuotaJson.plain(reservation.quantity()));
            answer.put("expires_at", reservation.expiresAt().toString());
            answer.put("remaining", remaining.get(i).map(QuotaJson::plain).orElse(null));
            answers.add(answer);
        }
        return list ? answers : answers.getFirst();
    }

    static Map<String, Object> settled(Settling.Settled settled) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("reservation_id", settled.held().reservation().id().value());
        answer.put("status", Reservation.State.SETTLED.name());
        answer.put("event_id", settled.held().eventId().value());
        answer.put("quantity", QuotaJson.plain(settled.quantity()));
        answer.put("released", QuotaJson.plain(settled.released()));
        return answer;
    }

    /// All that is known of a reservation.
    static Map<String, @Nullable Object> state(Held held) {
        Reservation reservation = held.reservation();
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        answer.put("reservation_id", reservation.id().value());
        answer.put("status", reservation.state().name());
        answer.put(
                "tenant_id",
                held.subjectKey().subject().tenantId().map(TenantId::value).orElse(null));
        answer.put("event_type", reservation.meter());
        answer.put("quantity", QuotaJson.plain(reservation.quantity()));
        answer.put("reserved_at", reservation.reservedAt().toString());
        answer.put("expires_at", reservation.expiresAt().toString());
        answer.put("closed_at", reservation.closedAt().map(Instant::toString).orElse(null));
        answer.put(
                "event_id",
                reservation.settled().map(quantity -> held.eventId().value()).orElse(null));
        answer.put("settled", reservation.settled().map(QuotaJson::plain).orElse(null));
        answer.put(
                "released",
                reservation
                        .settled()
                        .map(quantity -> QuotaJson.plain(reservation.quantity().subtract(quantity)))
                        .orElse(null));
        return answer;
    }
}
