package io.tollgate.ingest.event;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One event while its members are read, in whatever order they come; [#finish] tells whether they make an event.
/// A member may have several names: the one of the lowest rank wins, and the others are not looked at. Reused for all
/// events of a request; not thread-safe.
public final class EventDraft {
    /// Stands for the index of an event that is a request by itself.
    public static final int SINGLE = -1;

    private static final int UNSET = Integer.MAX_VALUE;
    private static final Member[] MEMBERS = Member.values();
    private static final Quantity ONE = Quantity.rounded(BigDecimal.ONE);

    private final EventTimeBounds bounds;
    private final Instant now;
    private final Instant latest;
    private final Instant earliest;
    private final String list;
    private final MetadataWriter metadata = new MetadataWriter();
    private final Fingerprint.Maker fingerprints = new Fingerprint.Maker();

    private final int[] ranks = new int[MEMBERS.length];
    private final String[] names = new String[MEMBERS.length];
    private final @Nullable String[] texts = new String[MEMBERS.length];
    private final boolean[] mistyped = new boolean[MEMBERS.length];
    private QuantityText.@Nullable Reading quantity;
    private int index;
    private @Nullable List<Problem.FieldError> errors;
    private ErrorCode code = ErrorCode.VALIDATION_FAILED;

    /// The members of an event.
    public enum Member {
        TENANT("a string"),
        METER("a string"),
        QUANTITY("a number"),
        METADATA("an object"),
        EVENT_TIME("a string"),
        IDEMPOTENCY_KEY("a string");

        private final String type;

        Member(String type) {
            this.type = type;
        }
    }

    /// @param now arrival of the request
    public EventDraft(EventTimeBounds bounds, Instant now) {
        this(bounds, now, "events");
    }

    /// @param list name of the member that holds the events of a batch, for paths
    public EventDraft(EventTimeBounds bounds, Instant now, String list) {
        this.list = list;
        this.bounds = bounds;
        this.now = now;
        this.latest = now.plus(bounds.maxAhead());
        this.earliest =
                bounds.maxAge().map(now::minus).filter(Instant.EPOCH::isBefore).orElse(Instant.EPOCH);
        begin(SINGLE);
    }

    /// Begins the next event.
    ///
    /// @param indexInRequest place among the events of a batch, or [#SINGLE]
    public void begin(int indexInRequest) {
        Arrays.fill(ranks, UNSET);
        Arrays.fill(texts, null);
        Arrays.fill(mistyped, false);
        quantity = null;
        errors = null;
        index = indexInRequest;
    }

    /// Whether a member of this rank would be used; if not, its value is to be skipped.
    public boolean takes(Member member, int rank) {
        return rank < ranks[member.ordinal()];
    }

    public boolean has(Member member) {
        return ranks[member.ordinal()] != UNSET;
    }

    /// The string that was sent for a member other than a quantity or metadata; null if none was.
    public @Nullable String textOf(Member member) {
        return texts[member.ordinal()];
    }

    /// A string.
    public void text(Member member, int rank, String name, String value) {
        set(member, rank, name);
        switch (member) {
            case QUANTITY -> quantity = QuantityText.read(value);
            case METADATA -> mistyped[member.ordinal()] = true;
            default -> texts[member.ordinal()] = value;
        }
    }

    /// A number as it was spelled.
    public void number(Member member, int rank, String name, char[] literal, int from, int length) {
        set(member, rank, name);
        if (member == Member.QUANTITY) {
            quantity = QuantityText.read(literal, from, length);
        } else {
            mistyped[member.ordinal()] = true;
        }
    }

    /// Begins the metadata object; its tokens go to the writer answered.
    public MetadataWriter metadata(String name) {
        set(Member.METADATA, 0, name);
        metadata.clear();
        return metadata;
    }

    /// A value of a type that the member does not take.
    public void wrongType(Member member, int rank, String name) {
        set(member, rank, name);
        mistyped[member.ordinal()] = true;
    }

    /// What to answer for an event that is no object.
    public Reported.Invalid notAnObject() {
        fault("", FieldFault.INVALID_TYPE, "must be an object");
        return invalid(null, null, null);
    }

    /// What to answer for an event whose text is not JSON at all.
    public Reported.Invalid malformed(String message) {
        String path = path("");
        return new Reported.Invalid(
                null,
                null,
                null,
                ErrorCode.MALFORMED_JSON,
                List.of(new Problem.FieldError(path, ErrorCode.MALFORMED_JSON.name(), message)));
    }

    /// The event that the members of a metric update make: any quantity, which must be there.
    ///
    /// @param tenantId whose metric it is; null: the organization's
    public Reported finishUpdate(MeterKey meter, @Nullable TenantId tenantId) {
        noteMistyped();
        if (!has(Member.QUANTITY)) {
            fault("value", FieldFault.REQUIRED, "is required");
        }
        Quantity amount = has(Member.QUANTITY) ? read() : null;
        Instant time = eventTime();
        String key = idempotencyKey();
        boolean described = described();
        if (errors != null || amount == null) {
            return invalid(tenantId == null ? null : tenantId.value(), meter.value(), key);
        }
        return event(tenantId, meter, amount, time, key, described);
    }

    /// The event that settles a reservation.
    ///
    /// @param reserved what is recorded unless a quantity was sent, and the most that may be
    /// @param key the event's idempotency key, whatever was sent
    public Reported finishSettlement(MeterKey meter, @Nullable TenantId tenantId, Quantity reserved, String key) {
        noteMistyped();
        Quantity amount = has(Member.QUANTITY) ? read() : reserved;
        if (amount != null && amount.value().signum() < 0) {
            fault(names[Member.QUANTITY.ordinal()], FieldFault.NEGATIVE, "must not be less than 0");
        } else if (amount != null && amount.value().compareTo(reserved.value()) > 0) {
            fault(
                    names[Member.QUANTITY.ordinal()],
                    FieldFault.ABOVE_RESERVED,
                    "must not be more than the " + reserved + " that are reserved");
        }
        Instant time = eventTime();
        boolean described = described();
        if (errors != null || amount == null) {
            return invalid(tenantId == null ? null : tenantId.value(), meter.value(), key);
        }
        return event(tenantId, meter, amount, time, key, described);
    }

    /// The event that replaces one that was counted: what was not sent stays as it was. It has no idempotency key.
    ///
    /// @param quantity, eventTime, meter, tenantId of the counted event; its metadata is to be given as if it were sent
    public Reported finishAmended(MeterKey meter, @Nullable TenantId tenantId, Quantity quantity, Instant eventTime) {
        noteMistyped();
        String newMeter = has(Member.METER) ? named(Member.METER, "event_type", MeterKey.MAX_LENGTH) : meter.value();
        Quantity amount = has(Member.QUANTITY) ? read() : quantity;
        if (amount != null && amount.value().signum() <= 0 && quantity.value().signum() > 0) {
            notPositive();
        }
        Instant newTime = eventTime();
        boolean described = described();
        if (errors != null || newMeter == null || amount == null) {
            return invalid(tenantId == null ? null : tenantId.value(), newMeter, null);
        }
        return event(tenantId, new MeterKey(newMeter), amount, newTime == null ? eventTime : newTime, null, described);
    }

    /// The event that the members make.
    public Reported finish() {
        return finish(false);
    }

    /// What the members ask to be reserved: as an event, but its quantity must be there.
    public Reported finishReserved() {
        return finish(true);
    }

    private Reported finish(boolean quantityRequired) {
        noteMistyped();
        String tenant = named(Member.TENANT, "tenant_id", TenantId.MAX_LENGTH);
        String meter = named(Member.METER, "event_type", MeterKey.MAX_LENGTH);
        if (quantityRequired && !has(Member.QUANTITY)) {
            fault("quantity", FieldFault.REQUIRED, "is required");
        }
        Quantity amount = amount();
        Instant time = eventTime();
        String key = idempotencyKey();
        boolean described = described();
        if (errors != null || tenant == null || meter == null || amount == null) {
            return invalid(tenant, meter, key);
        }
        return event(new TenantId(tenant), new MeterKey(meter), amount, time, key, described);
    }

    private ReportedEvent event(
            @Nullable TenantId tenantId,
            MeterKey meter,
            Quantity amount,
            @Nullable Instant time,
            @Nullable String key,
            boolean described) {
        return new ReportedEvent(
                tenantId,
                meter,
                amount,
                time == null ? now : time,
                key,
                described ? metadata.compact() : null,
                fingerprints.of(meter, described ? metadata.canonical() : null, amount, time));
    }

    private Reported.Invalid invalid(@Nullable String tenant, @Nullable String meter, @Nullable String key) {
        return new Reported.Invalid(tenant, meter, key, code, errors == null ? List.of() : errors);
    }

    private void noteMistyped() {
        for (Member member : MEMBERS) {
            if (mistyped[member.ordinal()]) {
                fault(names[member.ordinal()], FieldFault.INVALID_TYPE, "must be " + member.type);
            }
        }
    }

    /// A required name, or null with the fault noted.
    private @Nullable String named(Member member, String canonicalName, int lengthMax) {
        String value = texts[member.ordinal()];
        String name = has(member) ? names[member.ordinal()] : canonicalName;
        if (value == null) {
            if (!mistyped[member.ordinal()]) {
                fault(name, FieldFault.REQUIRED, "is required");
            }
            return null;
        }
        if (value.isEmpty()) {
            fault(name, FieldFault.REQUIRED, "must not be empty");
            return null;
        }
        if (value.length() > lengthMax) {
            fault(name, FieldFault.TOO_LONG, "must have at most " + lengthMax + " characters");
            return null;
        }
        return wellFormed(name, value, true) ? value : null;
    }

    private @Nullable Quantity amount() {
        if (!has(Member.QUANTITY)) {
            return ONE;
        }
        Quantity amount = read();
        if (amount != null && amount.value().signum() <= 0) {
            notPositive();
            return null;
        }
        return amount;
    }

    private void notPositive() {
        fault(
                names[Member.QUANTITY.ordinal()],
                FieldFault.NOT_POSITIVE,
                "must be greater than 0 after rounding to 6 places");
    }

    /// The quantity that was sent, of either sign, or null with the fault noted.
    private @Nullable Quantity read() {
        String name = names[Member.QUANTITY.ordinal()];
        return switch (quantity) {
            case null -> null;
            case QuantityText.Read read -> read.quantity();
            case QuantityText.Unreadable unreadable -> {
                switch (unreadable) {
                    case NOT_A_DECIMAL -> fault(name, FieldFault.NOT_A_DECIMAL, "must be a decimal number");
                    case TOO_LONG ->
                        fault(
                                name,
                                FieldFault.TOO_LONG,
                                "must have at most " + QuantityText.LENGTH_MAX + " characters");
                    case OUT_OF_RANGE ->
                        fault(name, FieldFault.QUANTITY_OUT_OF_RANGE, "must have at most 14 integer digits");
                }
                yield null;
            }
        };
    }

    private @Nullable Instant eventTime() {
        String text = texts[Member.EVENT_TIME.ordinal()];
        if (text == null) {
            return null;
        }
        String name = names[Member.EVENT_TIME.ordinal()];
        Instant time = EventTimeText.instantOrNull(text);
        if (time == null) {
            fault(name, FieldFault.INVALID_TIMESTAMP, "must be ISO 8601 with Z or an offset, as 2026-03-04T10:15:30Z");
        } else if (time.isAfter(latest)) {
            fault(name, FieldFault.TIMESTAMP_IN_FUTURE, "must not be more than " + bounds.maxAhead() + " ahead");
        } else if (time.isBefore(Instant.EPOCH)) {
            fault(name, FieldFault.INVALID_TIMESTAMP, "must not be before 1970-01-01T00:00:00Z");
        } else if (time.isBefore(earliest)) {
            fault(
                    name,
                    FieldFault.TIMESTAMP_TOO_OLD,
                    "must not be older than " + bounds.maxAge().orElseThrow());
        }
        return time;
    }

    private @Nullable String idempotencyKey() {
        String key = texts[Member.IDEMPOTENCY_KEY.ordinal()];
        if (key == null || key.isEmpty()) {
            return null;
        }
        String name = names[Member.IDEMPOTENCY_KEY.ordinal()];
        if (key.length() > ReportedEvent.IDEMPOTENCY_KEY_LENGTH_MAX) {
            fault(
                    name,
                    FieldFault.TOO_LONG,
                    "must have at most " + ReportedEvent.IDEMPOTENCY_KEY_LENGTH_MAX + " characters");
            return null;
        }
        return wellFormed(name, key, false) ? key : null;
    }

    /// Whether there is metadata worth keeping.
    private boolean described() {
        if (!has(Member.METADATA) || mistyped[Member.METADATA.ordinal()]) {
            return false;
        }
        MetadataWriter.Fault fault = metadata.fault();
        if (fault != null) {
            fault(names[Member.METADATA.ordinal()], fault.code(), fault.message());
            return false;
        }
        return !metadata.isEmpty();
    }

    private boolean wellFormed(String name, String value, boolean printable) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (printable && Character.isISOControl(c)) {
                fault(name, FieldFault.INVALID_CHARACTER, "must not contain control characters");
                return false;
            }
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < value.length()
                        && Character.isLowSurrogate(value.charAt(i + 1));
                if (!pair) {
                    fault(name, FieldFault.INVALID_CHARACTER, "must not contain half of a surrogate pair");
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private void set(Member member, int rank, String name) {
        ranks[member.ordinal()] = rank;
        names[member.ordinal()] = name;
        texts[member.ordinal()] = null;
        mistyped[member.ordinal()] = false;
        if (member == Member.QUANTITY) {
            quantity = null;
        }
    }

    /// Something that is wrong with what the event was sent in, beside its members.
    public void fault(String name, FieldFault fault, String message) {
        if (errors == null) {
            errors = new ArrayList<>(2);
            code = fault.requestCode();
        } else if (code != fault.requestCode()) {
            code = ErrorCode.VALIDATION_FAILED;
        }
        errors.add(new Problem.FieldError(path(name), fault.name(), message));
    }

    private String path(String name) {
        if (index == SINGLE) {
            return name;
        }
        String element = list + "[" + index + "]";
        return name.isEmpty() ? element : element + "." + name;
    }
}
