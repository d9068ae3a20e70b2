package io.tollgate.control.quota.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.control.quota.LimitType;
import io.tollgate.control.quota.QuotaTarget;
import io.tollgate.control.quota.QuotaTerms;
import io.tollgate.control.quota.StoredQuota;
import io.tollgate.control.quota.WindowLength;
import io.tollgate.http.BodyFields;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.QuotaPeriod;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// A quota as a request writes it: whole, or the part of one that changes. Members may have their camelCase names.
final class QuotaBody {
    private static final String[] TENANT_ID = {"tenant_id", "customer_id"};
    private static final String[] EVENT_TYPE = {"event_type", "metric_name", "meter"};
    private static final String[] LIMIT_VALUE = {"limit_value", "limitValue"};
    private static final String[] LIMIT_TYPE = {"limit_type", "limitType"};
    private static final String[] WINDOW_START = {"window_start"};
    private static final String[] WINDOW_LENGTH = {"window_length"};
    private static final String[] RESET_AT = {"reset_at", "resetAt"};
    private static final String[] ENFORCEMENT_MODE = {"enforcement_mode", "enforcementMode"};
    private static final String[] SOFT_LIMIT_VALUE = {"soft_limit_value", "softLimitValue"};
    private static final String[] SOFT_LIMIT_PERCENT = {"soft_limit_percent", "softLimitPercent"};
    private static final String[] OVERAGE_ALLOWED = {"overage_allowed", "overageAllowed"};
    private static final String[] GRACE_PERIOD_HOURS = {"grace_period_hours", "gracePeriodHours"};
    private static final String[] GRACE_PERIOD_END = {"grace_period_end", "gracePeriodEnd"};

    private static final Quantity NONE = Quantity.rounded(BigDecimal.ZERO);
    private static final QuotaPeriod MONTHLY = new QuotaPeriod.Monthly();
    private static final String LENGTHS =
            "must be an ISO 8601 duration from PT1H to P366D in whole minutes, such as P7D";

    private final BodyFields fields;
    private final Instant now;

    /// @param now when the request came
    QuotaBody(JsonNode object, Instant now) {
        this.fields = new BodyFields(object);
        this.now = now;
    }

    /// A new quota.
    record Draft(QuotaTarget target, QuotaTerms terms) {}

    /// @throws Problem saying everything that is wrong
    Draft draft(OrganizationId organizationId) {
        Optional<TenantId> tenantId = fields.text(TenantId::new, TENANT_ID);
        Optional<MeterKey> meter = fields.text(MeterKey::new, EVENT_TYPE);
        if (!fields.sentWithValue(EVENT_TYPE)) {
            fields.wrong(EVENT_TYPE[0], "REQUIRED", "is required");
        }
        if (!fields.sentWithValue(LIMIT_VALUE)) {
            fields.wrong(LIMIT_VALUE[0], "REQUIRED", "is required");
        }
        QuotaPeriod period = period(MONTHLY);
        Draft draft = new Draft(
                new QuotaTarget(organizationId, tenantId, meter.orElse(new MeterKey("-"))),
                new QuotaTerms(
                        fields.quantity(LIMIT_VALUE).orElse(NONE),
                        period,
                        fields.word(EnforcementMode.class, ENFORCEMENT_MODE).orElse(EnforcementMode.HARD),
                        fields.quantity(SOFT_LIMIT_VALUE),
                        softPercent(),
                        fields.quantity(OVERAGE_ALLOWED).orElse(NONE),
                        graceHours(),
                        fields.time(GRACE_PERIOD_END)));
        fields.requireRight();
        return draft;
    }

    /// The terms of `quota` after the change. What is absent stays; null clears what may be absent.
    ///
    /// @throws Problem saying everything that is wrong
    QuotaTerms changed(StoredQuota quota) {
        QuotaTerms terms = quota.terms();
        requireSameTarget(quota.target());
        requireValue(LIMIT_VALUE);
        requireValue(LIMIT_TYPE);
        requireValue(ENFORCEMENT_MODE);
        QuotaPeriod period = period(terms.period());
        QuotaTerms changed = new QuotaTerms(
                fields.quantity(LIMIT_VALUE).orElse(terms.limit()),
                period,
                fields.word(EnforcementMode.class, ENFORCEMENT_MODE).orElse(terms.mode()),
                fields.sent(SOFT_LIMIT_VALUE) ? fields.quantity(SOFT_LIMIT_VALUE) : terms.softLimitValue(),
                fields.sent(SOFT_LIMIT_PERCENT) ? softPercent() : terms.softLimitPercent(),
                fields.sent(OVERAGE_ALLOWED) ? fields.quantity(OVERAGE_ALLOWED).orElse(NONE) : terms.overageAllowed(),
                fields.sent(GRACE_PERIOD_HOURS) ? graceHours() : terms.gracePeriodHours(),
                fields.sent(GRACE_PERIOD_END) ? fields.time(GRACE_PERIOD_END) : terms.gracePeriodEnd());
        fields.requireRight();
        return changed;
    }

    private void requireSameTarget(QuotaTarget target) {
        if (fields.sent(TENANT_ID) && !fields.text(TenantId::new, TENANT_ID).equals(target.tenantId())) {
            fields.wrong(
                    TENANT_ID[0],
                    "INVALID_VALUE",
                    "cannot be changed; delete the quota and make one for the other tenant");
        }
        if (fields.sent(EVENT_TYPE) && !fields.text(MeterKey::new, EVENT_TYPE).equals(Optional.of(target.meter()))) {
            fields.wrong(
                    EVENT_TYPE[0],
                    "INVALID_VALUE",
                    "cannot be changed; delete the quota and make one for the other meter");
        }
    }

    private void requireValue(String... names) {
        if (fields.sentAsNull(names)) {
            fields.wrong(names[0], "REQUIRED", "cannot be null; leave it out to keep it");
        }
    }

    private Optional<Integer> softPercent() {
        return fields.whole(QuotaTerms.SOFT_PERCENT_MIN, QuotaTerms.SOFT_PERCENT_MAX, SOFT_LIMIT_PERCENT);
    }

    private Optional<Integer> graceHours() {
        return fields.whole(0, QuotaTerms.GRACE_HOURS_MAX, GRACE_PERIOD_HOURS);
    }

    // A window that is written without a type can only be meant for CUSTOM.
    private QuotaPeriod period(QuotaPeriod before) {
        boolean window = fields.sentWithValue(WINDOW_START) || fields.sentWithValue(WINDOW_LENGTH);
        boolean custom = window || fields.sentWithValue(RESET_AT);
        LimitType type = fields.word(LimitType.class, LIMIT_TYPE)
                .orElse(custom && !fields.sentWithValue(LIMIT_TYPE) ? LimitType.CUSTOM : LimitType.of(before));
        if (type == LimitType.CUSTOM) {
            return custom(before, window).<QuotaPeriod>map(found -> found).orElse(MONTHLY);
        }
        if (window) {
            fields.wrong(
                    fields.sentWithValue(WINDOW_START) ? WINDOW_START[0] : WINDOW_LENGTH[0],
                    "INVALID_VALUE",
                    "goes with limit_type CUSTOM only");
        }
        return type.period(Optional.empty());
    }

    private Optional<QuotaPeriod.Custom> custom(QuotaPeriod before, boolean window) {
        Optional<QuotaPeriod.Custom> kept =
                before instanceof QuotaPeriod.Custom custom ? Optional.of(custom) : Optional.empty();
        boolean cleared = fields.sentAsNull(WINDOW_START) || fields.sentAsNull(WINDOW_LENGTH);
        if (!window && fields.sentWithValue(RESET_AT)) {
            return fields.time(RESET_AT).flatMap(this::windowUntil);
        }
        if (!window && kept.isPresent() && !cleared) {
            return kept;
        }
        Optional<Instant> start = fields.sent(WINDOW_START) ? start() : kept.map(QuotaPeriod.Custom::anchor);
        Optional<Duration> length = fields.sent(WINDOW_LENGTH) ? length() : kept.map(QuotaPeriod.Custom::length);
        requireWindow(start.isPresent() || fields.sentWithValue(WINDOW_START), WINDOW_START[0]);
        requireWindow(length.isPresent() || fields.sentWithValue(WINDOW_LENGTH), WINDOW_LENGTH[0]);
        return start.flatMap(anchor -> length.map(found -> new QuotaPeriod.Custom(anchor, found)));
    }

    private void requireWindow(boolean there, String field) {
        if (!there) {
            fields.wrong(
                    field,
                    "REQUIRED",
                    "is required: limit_type CUSTOM takes window_start and window_length, or reset_at alone");
        }
    }

    private Optional<Instant> start() {
        Optional<Instant> start = fields.time(WINDOW_START);
        if (start.isPresent() && !start.get().equals(start.get().truncatedTo(ChronoUnit.MINUTES))) {
            fields.wrong(WINDOW_START[0], "INVALID_VALUE", "must be a whole minute");
            return Optional.empty();
        }
        return start;
    }

    private Optional<Duration> length() {
        return fields.text(QuotaBody::lengthOf, WINDOW_LENGTH);
    }

    private static Duration lengthOf(String text) {
        Duration length;
        try {
            length = WindowLength.fromText(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(LENGTHS, e);
        }
        if (!fits(length)) {
            throw new IllegalArgumentException(LENGTHS);
        }
        return length;
    }

    private static boolean fits(Duration length) {
        return length.compareTo(QuotaPeriod.Custom.LENGTH_MIN) >= 0
                && length.compareTo(QuotaPeriod.Custom.LENGTH_MAX) <= 0
                && length.equals(Duration.ofMinutes(length.toMinutes()));
    }

    // Windows are whole minutes: the running minute is in it, and so is the last one.
    private Optional<QuotaPeriod.Custom> windowUntil(Instant resetAt) {
        Instant start = now.truncatedTo(ChronoUnit.MINUTES);
        Instant minute = resetAt.truncatedTo(ChronoUnit.MINUTES);
        Instant end = minute.equals(resetAt) ? minute : minute.plus(1, ChronoUnit.MINUTES);
        if (!end.isAfter(start) || !fits(Duration.between(start, end))) {
            fields.wrong(RESET_AT[0], "INVALID_VALUE", "must be 1 hour to 366 days from now");
            return Optional.empty();
        }
        return Optional.of(new QuotaPeriod.Custom(start, Duration.between(start, end)));
    }
}
