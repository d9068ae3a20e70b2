package io.tollgate.ingest.reservation;

import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.EventIntake;
import io.tollgate.ingest.event.FieldFault;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.quota.admission.ReservationRequest;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A request for reservations while it is read, item by item; [#finish] tells what it comes to. Not thread-safe.
public final class ReservationDraft {
    /// How long reservations hold unless the request says.
    public static final Duration TIME_TO_LIVE_DEFAULT = Duration.ofSeconds(300);

    /// Longest that a request may say: what its holder has forgotten is free again within a day.
    public static final Duration TIME_TO_LIVE_MAX = Duration.ofSeconds(86_400);

    /// Longest literal of a time to live that is looked at, in characters. Five digits do; the rest is for zeros.
    private static final int LITERAL_LENGTH_MAX = 100;

    private final List<ReservationOrder.Item> items = new ArrayList<>();
    private final Set<ReservationOrder.Key> keys = new HashSet<>();
    private final List<Problem.FieldError> errors = new ArrayList<>(0);
    private @Nullable ErrorCode code;
    private @Nullable TenantId tenantId;
    private @Nullable Duration timeToLive;
    private int count;

    /// Whether one more item would be one too many.
    public boolean full() {
        return count == ReservationRequest.Reserve.ITEMS_MAX;
    }

    /// How long to hold, as it was spelled. All items of a request expire together, so several must be alike.
    ///
    /// @param path where it stands
    /// @param literal a number; null: a value of another type
    public void timeToLive(String path, @Nullable String literal) {
        Optional<Duration> read = read(path, literal);
        if (timeToLive != null && read.isPresent() && !timeToLive.equals(read.get())) {
            fault(path, FieldFault.DIFFERENT, "must be the same for all items of a request");
        }
        timeToLive = read.orElse(timeToLive);
    }

    private Optional<Duration> read(String path, @Nullable String literal) {
        if (literal == null) {
            fault(path, FieldFault.INVALID_TYPE, "must be a whole number");
            return Optional.empty();
        }
        Optional<BigDecimal> seconds =
                literal.length() > LITERAL_LENGTH_MAX ? Optional.empty() : Optional.of(new BigDecimal(literal));
        // The bounds come first: what is within them has few digits, whatever its exponent was.
        if (seconds.isEmpty()
                || seconds.get().compareTo(BigDecimal.ONE) < 0
                || seconds.get().compareTo(BigDecimal.valueOf(TIME_TO_LIVE_MAX.toSeconds())) > 0) {
            fault(path, FieldFault.OUT_OF_RANGE, "must be from 1 to " + TIME_TO_LIVE_MAX.toSeconds());
            return Optional.empty();
        }
        if (seconds.get().stripTrailingZeros().scale() > 0) {
            fault(path, FieldFault.NOT_AN_INTEGER, "must be a whole number");
            return Optional.empty();
        }
        return Optional.of(Duration.ofSeconds(seconds.get().longValueExact()));
    }

    /// @param path where the item stands; empty for the body itself
    /// @param ownKey whether its idempotency key stands in the item, and not for the whole request
    public void item(String path, Reported item, boolean ownKey) {
        int index = count++;
        switch (item) {
            case Reported.Invalid invalid -> invalid(invalid);
            case ReportedEvent event -> item(path, event, ownKey ? 0 : index);
        }
    }

    private void item(String path, ReportedEvent event, int keyIndex) {
        TenantId tenant = event.tenantId();
        if (tenantId == null) {
            tenantId = tenant;
        } else if (!tenantId.equals(tenant)) {
            fault(path + ".tenant_id", FieldFault.DIFFERENT, "must be the same for all items of a request");
        }
        Optional<ReservationOrder.Key> key =
                Optional.ofNullable(event.idempotencyKey()).map(text -> new ReservationOrder.Key(text, keyIndex));
        if (key.isPresent() && !keys.add(key.get())) {
            fault(path + ".idempotency_key", FieldFault.REPEATED, "must not be that of another item");
        }
        items.add(new ReservationOrder.Item(event.meter(), event.quantity(), key));
    }

    /// What all of it comes to; after at least one item.
    public ReservationIntake finish() {
        if (code != null) {
            return new ReservationIntake.Refused(
                    code, errors.subList(0, Math.min(errors.size(), EventIntake.ERRORS_MAX)));
        }
        if (tenantId == null) {
            throw new IllegalStateException("no item was read");
        }
        return new ReservationIntake.Taken(new ReservationOrder(
                tenantId, List.copyOf(items), timeToLive == null ? TIME_TO_LIVE_DEFAULT : timeToLive));
    }

    private void invalid(Reported.Invalid invalid) {
        code = code == null || code == invalid.code() ? invalid.code() : ErrorCode.VALIDATION_FAILED;
        errors.addAll(invalid.errors());
    }

    private void fault(String path, FieldFault fault, String message) {
        code = ErrorCode.VALIDATION_FAILED;
        errors.add(new Problem.FieldError(path, fault.name(), message));
    }
}
