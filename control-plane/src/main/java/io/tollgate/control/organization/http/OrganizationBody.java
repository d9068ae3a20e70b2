package io.tollgate.control.organization.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.control.organization.Mode;
import io.tollgate.control.organization.OrganizationChange;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.organization.OrganizationSettings;
import io.tollgate.http.CurrencyCode;
import io.tollgate.http.JsonBody;
import java.math.BigDecimal;
import java.time.ZoneId;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// An organization as a request writes it.
record OrganizationBody(JsonBody body) {
    private static final int DECIMAL_DIGITS_MAX = 20;

    OrganizationDraft draft() {
        return new OrganizationDraft(
                body.required("business_name", checked(OrganizationDraft::requireName)),
                body.required("email", checked(OrganizationDraft::requireEmail)),
                body.optional("time_zone", OrganizationBody::timeZone).orElse(ZoneId.of("UTC")),
                body.optional("currency", CurrencyCode::read).orElse(Currency.getInstance("USD")),
                body.optional("mode", Mode::ofWord).orElse(Mode.LIVE));
    }

    Optional<String> owner() {
        return body.optional("user_id", Function.identity());
    }

    /// A change that says everything anew: name and address must be there.
    OrganizationChange whole() {
        body.required("business_name", Function.identity());
        body.required("email", Function.identity());
        return change();
    }

    OrganizationChange change() {
        return new OrganizationChange(
                body.optional("business_name", "name", checked(OrganizationDraft::requireName)),
                body.optional("email", checked(OrganizationDraft::requireEmail)),
                body.optional("time_zone", OrganizationBody::timeZone),
                body.optional("currency", CurrencyCode::read),
                taxRate(),
                paymentTermsDays(),
                word("auto_invoice", OrganizationSettings.AUTO_INVOICE),
                word("adjustment_mode", OrganizationSettings.ADJUSTMENT_MODES),
                word("expired_without_free_plan", OrganizationSettings.EXPIRED_WITHOUT_FREE_PLAN));
    }

    private Optional<String> word(String field, List<String> words) {
        return body.optional(field, word -> {
            if (!words.contains(word)) {
                throw new IllegalArgumentException("must be one of " + String.join(", ", words));
            }
            return word;
        });
    }

    private Optional<BigDecimal> taxRate() {
        Optional<BigDecimal> rate = number("tax_rate");
        if (rate.isPresent()
                && (rate.get().signum() < 0
                        || rate.get().compareTo(BigDecimal.ONE) > 0
                        || rate.get().stripTrailingZeros().scale() > OrganizationSettings.TAX_RATE_SCALE)) {
            throw body.invalid(
                    "tax_rate",
                    "invalid_value",
                    "must be from 0 to 1, with at most " + OrganizationSettings.TAX_RATE_SCALE + " fraction digits");
        }
        return rate;
    }

    private Optional<Integer> paymentTermsDays() {
        Optional<BigDecimal> days = number("payment_terms_days");
        if (days.isPresent()
                && (days.get().signum() < 0
                        || days.get().compareTo(BigDecimal.valueOf(OrganizationSettings.PAYMENT_TERMS_DAYS_MAX)) > 0
                        || days.get().stripTrailingZeros().scale() > 0)) {
            throw body.invalid(
                    "payment_terms_days",
                    "invalid_value",
                    "must be a whole number from 0 to " + OrganizationSettings.PAYMENT_TERMS_DAYS_MAX);
        }
        return days.map(BigDecimal::intValue);
    }

    private Optional<BigDecimal> number(String field) {
        JsonNode node = body.member(field);
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        if (!node.isNumber()) {
            throw body.invalid(field, "invalid_type", "must be a number");
        }
        BigDecimal value = node.decimalValue();
        // Before anything writes 1e999999999 out.
        if (value.precision() > DECIMAL_DIGITS_MAX || Math.abs((long) value.scale()) > DECIMAL_DIGITS_MAX) {
            throw body.invalid(field, "invalid_value", "has too many digits");
        }
        return Optional.of(value);
    }

    private static Function<String, String> checked(Consumer<String> check) {
        return text -> {
            check.accept(text);
            return text;
        };
    }

    private static ZoneId timeZone(String name) {
        // ZoneId.of would take offsets and abbreviations too, which have no calendar of their own.
        if (name.equals("UTC")
                || (name.contains("/") && ZoneId.getAvailableZoneIds().contains(name))) {
            return ZoneId.of(name);
        }
        throw new IllegalArgumentException("must be an IANA time zone such as Europe/Berlin, or UTC");
    }
}
