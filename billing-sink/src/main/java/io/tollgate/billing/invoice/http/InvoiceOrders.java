package io.tollgate.billing.invoice.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.micronaut.http.HttpRequest;
import io.tollgate.billing.invoice.BillingPeriod;
import io.tollgate.billing.invoice.BillingTerms;
import io.tollgate.billing.invoice.Contracts;
import io.tollgate.billing.invoice.Invoices;
import io.tollgate.billing.invoice.LogEnd;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.http.BodyFields;
import io.tollgate.http.JsonBody;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/// Reads what requests want of invoices, and gathers what is needed to make them.
public final class InvoiceOrders {
    private static final String INVALID = "Invalid request body";

    /// Longer than any batch takes to be counted and stored.
    private static final Duration STORED_WITHIN = Duration.ofSeconds(5);

    private static final int METADATA_BYTES_MAX = 16_384;
    private static final int TEXT_LENGTH_MAX = 500;
    private static final int DATE_LENGTH = 10;

    /// Longer spans are not periods any more, and would read years of events at once.
    private static final Duration PERIOD_MAX = Duration.ofDays(400);

    private static final Instant EARLIEST = Instant.EPOCH;
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private final Contracts contracts;
    private final LogEnd logEnd;

    public InvoiceOrders(Contracts contracts, LogEnd logEnd) {
        this.contracts = contracts;
        this.logEnd = logEnd;
    }

    record Payment(Instant paidAt, Optional<String> reference) {}

    /// @param now where the period must have ended
    Invoices.Order read(HttpRequest<byte[]> request, OrganizationId organizationId, Optional<Instant> now) {
        BodyFields fields = fields(request);
        fields.require("tenant_id");
        Optional<TenantId> tenant = fields.text(TenantId::new, "tenant_id");
        Optional<BillingPeriod> period = period(fields, contracts.zoneOf(organizationId), now);
        String metadata = metadata(fields);
        fields.requireRight();
        TenantId tenantId = tenant.orElseThrow();
        // A tenant comes into being with its first event: what is logged is waited for first.
        long before = stored(organizationId, tenantId);
        return new Invoices.Order(
                organizationId, tenantId, period.orElseThrow(), terms(organizationId, tenantId), before, metadata);
    }

    /// @throws Problem if there is no such tenant
    BillingTerms terms(OrganizationId organizationId, TenantId tenantId) {
        return contracts
                .of(organizationId, tenantId)
                .orElseThrow(() -> Problem.of(ErrorCode.NOT_FOUND, "Customer not found"));
    }

    /// The offset before which everything of the tenant is stored.
    ///
    /// @throws Problem if that is not so in time
    long stored(OrganizationId organizationId, TenantId tenantId) {
        return Optional.ofNullable(logEnd.awaitStored(organizationId, List.of(tenantId), STORED_WITHIN)
                        .orElseThrow(() -> Problem.of(
                                        ErrorCode.NOT_CAUGHT_UP,
                                        "Events of the tenant that are logged are not stored yet. Ask again in a"
                                                + " second.")
                                .retryAfter(1))
                        .get(tenantId))
                .orElseThrow();
    }

    Invoices.Finishing finishing(HttpRequest<byte[]> request, OrganizationId organizationId, TenantId tenantId) {
        BodyFields fields = optionalFields(request);
        ZoneId zone = contracts.zoneOf(organizationId);
        Optional<Instant> due = fields.text(text -> time(text, zone), "due_date");
        Optional<Boolean> mailed = fields.flag("send_email");
        fields.requireRight();
        long before = stored(organizationId, tenantId);
        return new Invoices.Finishing(terms(organizationId, tenantId), before, due, mailed.orElse(false));
    }

    static Payment payment(HttpRequest<byte[]> request, Instant now) {
        BodyFields fields = optionalFields(request);
        String method = fields.text(text -> text, "method").orElse("manual");
        Optional<Instant> paidAt = fields.time("paid_at");
        Optional<String> reference = fields.text(InvoiceOrders::sentence, "reference");
        if (!method.equals("manual") && !method.equals("stripe")) {
            fields.wrong("method", "INVALID_VALUE", "must be manual or stripe");
        }
        if (paidAt.filter(now::isBefore).isPresent()) {
            fields.wrong("paid_at", "INVALID_VALUE", "must not be in the future");
        }
        fields.requireRight();
        if (method.equals("stripe")) {
            throw Problem.of(
                    ErrorCode.NOT_CONFIGURED,
                    "Payment of invoices through Stripe is not set up. Record the payment with method 'manual'.");
        }
        return new Payment(paidAt.orElse(now.truncatedTo(ChronoUnit.MICROS)), reference);
    }

    static String reason(HttpRequest<byte[]> request) {
        BodyFields fields = fields(request);
        fields.require("reason");
        Optional<String> reason = fields.text(InvoiceOrders::sentence, "reason");
        fields.requireRight();
        return reason.orElseThrow();
    }

    static BodyFields fields(HttpRequest<byte[]> request) {
        return new BodyFields(JsonBody.object(request, INVALID, INVALID));
    }

    private static BodyFields optionalFields(HttpRequest<byte[]> request) {
        return request.getBody().orElse(new byte[0]).length == 0
                ? new BodyFields(JsonNodeFactory.instance.objectNode())
                : fields(request);
    }

    /// @param now where the period must have ended
    static Optional<BillingPeriod> period(BodyFields fields, ZoneId zone, Optional<Instant> now) {
        fields.require("period_start");
        fields.require("period_end");
        Optional<Instant> start = fields.text(text -> time(text, zone), "period_start");
        Optional<Instant> end = fields.text(text -> time(text, zone), "period_end");
        if (start.isEmpty() || end.isEmpty()) {
            return Optional.empty();
        }
        if (!start.get().isBefore(end.get())) {
            fields.wrong("period_end", "INVALID_VALUE", "must be after period_start");
            return Optional.empty();
        }
        if (Duration.between(start.get(), end.get()).compareTo(PERIOD_MAX) > 0) {
            fields.wrong(
                    "period_end",
                    "INVALID_VALUE",
                    "must be at most " + PERIOD_MAX.toDays() + " days after period_start");
        }
        if (now.filter(end.get()::isAfter).isPresent()) {
            fields.wrong("period_end", "INVALID_VALUE", "must not be in the future: preview shows a period that runs");
        }
        return Optional.of(new BillingPeriod(start.get(), end.get()));
    }

    private static Instant time(String text, ZoneId zone) {
        try {
            Instant time = text.length() == DATE_LENGTH
                    ? LocalDate.parse(text).atStartOfDay(zone).toInstant()
                    : OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS);
            if (!time.isBefore(EARLIEST) && !time.isAfter(LATEST)) {
                return time;
            }
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "must be a date (YYYY-MM-DD), or an ISO 8601 time with Z or an offset", e);
        }
        throw new IllegalArgumentException("must be in the years 1970 to 9999");
    }

    private static String metadata(BodyFields fields) {
        JsonNode metadata = fields.node("metadata");
        if (!fields.sentWithValue("metadata")) {
            return "{}";
        }
        if (!metadata.isObject()
                || !JsonBody.storable(metadata)
                || metadata.toString().getBytes(StandardCharsets.UTF_8).length > METADATA_BYTES_MAX) {
            fields.wrong(
                    "metadata",
                    "INVALID_VALUE",
                    "must be an object of at most " + METADATA_BYTES_MAX + " bytes without U+0000");
        }
        return metadata.toString();
    }

    static String sentence(String text) {
        if (text.isBlank() || text.length() > TEXT_LENGTH_MAX || text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("must have 1 to " + TEXT_LENGTH_MAX + " characters");
        }
        return text;
    }
}
