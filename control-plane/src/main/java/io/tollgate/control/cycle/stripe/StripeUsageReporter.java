package io.tollgate.control.cycle.stripe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.stripe.StripeClient;
import com.stripe.exception.ApiException;
import com.stripe.exception.StripeException;
import com.stripe.model.Price;
import com.stripe.model.SubscriptionItem;
import com.stripe.model.billing.Meter;
import com.stripe.model.billing.MeterEventSummary;
import com.stripe.net.ApiResource;
import com.stripe.net.RawRequestOptions;
import com.stripe.param.PriceListParams;
import com.stripe.param.SubscriptionItemListParams;
import com.stripe.param.billing.MeterEventCreateParams;
import com.stripe.param.billing.MeterEventSummaryListParams;
import com.stripe.param.billing.MeterListParams;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.credential.CredentialType;
import io.tollgate.control.credential.Credentials;
import io.tollgate.control.cycle.ReportTarget;
import io.tollgate.control.cycle.ReportWay;
import io.tollgate.control.cycle.SendOutcome;
import io.tollgate.control.cycle.UsageReport;
import io.tollgate.control.cycle.UsageReporter;
import io.tollgate.control.stripe.StripeApi;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reports to the Stripe account of each organization: as events of billing meters, or as usage records where a price
/// has no meter, which is so in accounts on API versions before 2025-03-31.
///
/// Meter events are sent without an idempotency key: Stripe keeps the answer of a key, errors of its own included, so a
/// key would keep a report from ever arriving. Their identifier makes them count once. Usage records have nothing but
/// the
/// key, so for them an error of Stripe stays uncertain until its sums are looked at.
public final class StripeUsageReporter implements UsageReporter {
    /// The last version that has usage records.
    private static final String USAGE_RECORDS_VERSION = "2025-02-24.acacia";

    private static final String METERED = "metered";
    private static final String CUSTOMER_MEMBER = "stripe_customer_id";
    private static final String VALUE_MEMBER = "value";
    private static final long PAGE = 100;

    /// An account may have a hundred active meters.
    private static final int METERS_MAX = 1_000;

    private static final long MINUTE = 60;

    /// What is true of all requests with the key of an account.
    private static final Set<Integer> WHOLE_ACCOUNT = Set.of(401, 403, 429);

    private static final JsonMapper JSON = new JsonMapper();

    private final Credentials credentials;
    private final StripeApi api;

    public StripeUsageReporter(Credentials credentials, StripeApi api) {
        this.credentials = credentials;
        this.api = api;
    }

    private StripeClient client(OrganizationId organizationId, Optional<String> keyName) throws UnavailableException {
        if (!credentials.configured()) {
            throw unavailable("ENCRYPTION_KEY is not set, so no credential can be opened", true);
        }
        return credentials.open(organizationId, CredentialType.STRIPE).stream()
                .filter(credential -> keyName.isEmpty()
                        || credential.credential().name().value().equals(keyName.get()))
                .map(credential -> credential.parts().getOrDefault("secret_key", ""))
                .filter(key -> !key.isEmpty())
                .findFirst()
                .map(api::client)
                .orElseThrow(() -> unavailable(
                        keyName.map(name -> "there is no credential stripe/" + name + " with a secret_key")
                                .orElse("the organization has stored no credential of type stripe with a secret_key"),
                        keyName.isEmpty()));
    }

    private static UnavailableException unavailable(String reason, boolean wholeAccount) {
        return new UnavailableException(new SendOutcome.NotNow(reason, Optional.empty(), wholeAccount));
    }

    private static UnavailableException unavailable(StripeException failure) {
        return new UnavailableException(notNow(failure));
    }

    private static SendOutcome.NotNow notNow(StripeException failure) {
        return new SendOutcome.NotNow(
                StripeApi.reason(failure),
                StripeApi.retryAfter(failure),
                WHOLE_ACCOUNT.contains(StripeApi.status(failure)));
    }

    @Override
    public ReportWay way(OrganizationId organizationId, ReportTarget target, Optional<String> subscription)
            throws UnavailableException {
        StripeClient stripe = client(organizationId, target.keyName());
        try {
            if (target.overage()) {
                return overage(stripe, target, subscription);
            }
            if (target.eventName().isPresent()) {
                return ofEvents(stripe, target.eventName().get());
            }
            String price = target.price()
                    .orElseThrow(() -> unavailable("the metric names neither meter_event_name nor price_id", false));
            return ofPrice(stripe, stripe.v1().prices().retrieve(price), subscription);
        } catch (StripeException e) {
            throw unavailable(e);
        }
    }

    private static ReportWay overage(StripeClient stripe, ReportTarget target, Optional<String> subscription)
            throws StripeException, UnavailableException {
        if (target.item().isPresent()) {
            SubscriptionItem item =
                    stripe.v1().subscriptionItems().retrieve(target.item().get());
            Optional<String> meter = meterOf(item.getPrice());
            return meter.isPresent() ? ofMeter(stripe, meter.get()) : new ReportWay.UsageRecord(item.getId());
        }
        String product = target.product()
                .orElseThrow(
                        () -> unavailable("the metric names neither overage_item_id nor overage_product_id", false));
        Price price = stripe
                .v1()
                .prices()
                .list(PriceListParams.builder()
                        .setProduct(product)
                        .setActive(true)
                        .setLimit(PAGE)
                        .build())
                .getData()
                .stream()
                .filter(StripeUsageReporter::metered)
                .findFirst()
                .orElseThrow(() -> unavailable("the product " + product + " has no metered price", false));
        return ofPrice(stripe, price, subscription);
    }

    private static boolean metered(Price price) {
        return price.getRecurring() != null
                && METERED.equals(price.getRecurring().getUsageType());
    }

    private static Optional<String> meterOf(Price price) {
        return Optional.ofNullable(price.getRecurring())
                .flatMap(recurring -> Optional.ofNullable(recurring.getMeter()));
    }

    private static ReportWay ofPrice(StripeClient stripe, Price price, Optional<String> subscription)
            throws StripeException, UnavailableException {
        Optional<String> meter = meterOf(price);
        if (meter.isPresent()) {
            return ofMeter(stripe, meter.get());
        }
        if (!metered(price)) {
            throw unavailable("the price " + price.getId() + " is not metered", false);
        }
        if (subscription.isEmpty()) {
            throw unavailable("the tenant has no subscription at Stripe", false);
        }
        return stripe
                .v1()
                .subscriptionItems()
                .list(SubscriptionItemListParams.builder()
                        .setSubscription(subscription.get())
                        .setLimit(PAGE)
                        .build())
                .getData()
                .stream()
                .filter(item -> item.getPrice() != null
                        && price.getId().equals(item.getPrice().getId()))
                .findFirst()
                .map(item -> new ReportWay.UsageRecord(item.getId()))
                .orElseThrow(() ->
                        unavailable("the tenant's subscription has no item of the price " + price.getId(), false));
    }

    private static ReportWay ofEvents(StripeClient stripe, String eventName)
            throws StripeException, UnavailableException {
        int seen = 0;
        for (Meter meter : stripe.v1()
                .billing()
                .meters()
                .list(MeterListParams.builder()
                        .setStatus(MeterListParams.Status.ACTIVE)
                        .setLimit(PAGE)
                        .build())
                .autoPagingIterable()) {
            if (eventName.equals(meter.getEventName())) {
                return ofMeter(meter);
            }
            if (++seen >= METERS_MAX) {
                break;
            }
        }
        throw unavailable("no active meter of the account takes events called " + eventName, false);
    }

    private static ReportWay ofMeter(StripeClient stripe, String meterId) throws StripeException {
        return ofMeter(stripe.v1().billing().meters().retrieve(meterId));
    }

    private static ReportWay ofMeter(Meter meter) {
        return new ReportWay.MeterEvent(
                meter.getId(),
                meter.getEventName(),
                Optional.ofNullable(meter.getCustomerMapping())
                        .flatMap(mapping -> Optional.ofNullable(mapping.getEventPayloadKey()))
                        .orElse(CUSTOMER_MEMBER),
                Optional.ofNullable(meter.getValueSettings())
                        .flatMap(settings -> Optional.ofNullable(settings.getEventPayloadKey()))
                        .orElse(VALUE_MEMBER));
    }

    @Override
    public SendOutcome send(UsageReport report, ReportWay way, String customer) {
        try {
            StripeClient stripe =
                    client(report.key().organizationId(), report.target().keyName());
            return switch (way) {
                case ReportWay.MeterEvent event -> send(stripe, report, event, customer);
                case ReportWay.UsageRecord usage -> send(stripe, report, usage);
            };
        } catch (UnavailableException e) {
            return e.why();
        }
    }

    private static SendOutcome send(
            StripeClient stripe, UsageReport report, ReportWay.MeterEvent event, String customer) {
        try {
            stripe.v1()
                    .billing()
                    .meterEvents()
                    .create(MeterEventCreateParams.builder()
                            .setEventName(event.eventName())
                            .setIdentifier(report.id().value())
                            .setTimestamp(report.stampedAt().getEpochSecond())
                            .putPayload(event.customerMember(), customer)
                            .putPayload(event.valueMember(), report.units().toPlainString())
                            .build());
            return new SendOutcome.Arrived();
        } catch (StripeException e) {
            // Stripe refuses an identifier that it knows, and quotes it.
            boolean known = StripeApi.status(e) == 400
                    && String.valueOf(e.getMessage()).contains(report.id().value());
            return known ? new SendOutcome.Arrived() : outcome(e);
        }
    }

    private static SendOutcome send(StripeClient stripe, UsageReport report, ReportWay.UsageRecord usage) {
        String body = "action=increment&quantity=" + report.units().toPlainString() + "&timestamp="
                + report.stampedAt().getEpochSecond();
        try {
            stripe.rawRequest(
                    ApiResource.RequestMethod.POST,
                    "/v1/subscription_items/" + encoded(usage.item()) + "/usage_records",
                    body,
                    older(Optional.of(report.id().value())));
            return new SendOutcome.Arrived();
        } catch (StripeException e) {
            return outcome(e);
        }
    }

    private static RawRequestOptions older(Optional<String> idempotencyKey) {
        RawRequestOptions.RawRequestOptionsBuilder options =
                RawRequestOptions.builder().setAdditionalHeaders(Map.of("Stripe-Version", USAGE_RECORDS_VERSION));
        idempotencyKey.ifPresent(options::setIdempotencyKey);
        return options.build();
    }

    private static SendOutcome outcome(StripeException failure) {
        int status = StripeApi.status(failure);
        if (WHOLE_ACCOUNT.contains(status)) {
            return notNow(failure);
        }
        if (StripeApi.neverLeft(failure)) {
            return new SendOutcome.NotNow(StripeApi.reason(failure), Optional.empty(), true);
        }
        // 409: a request with the same key is under way.
        boolean unknown = status == 0 || status == 409 || status >= 500 || failure instanceof ApiException;
        return unknown
                ? new SendOutcome.Unknown(StripeApi.reason(failure))
                : new SendOutcome.Refused(StripeApi.reason(failure));
    }

    @Override
    public ReportWay.Summary summary(
            OrganizationId organizationId,
            Optional<String> keyName,
            ReportWay way,
            String customer,
            Instant from,
            Instant to)
            throws UnavailableException {
        StripeClient stripe = client(organizationId, keyName);
        try {
            return switch (way) {
                case ReportWay.MeterEvent event -> summary(stripe, event, customer, from, to);
                case ReportWay.UsageRecord usage -> summary(stripe, usage, from);
            };
        } catch (StripeException e) {
            throw unavailable(e);
        }
    }

    // Summaries begin and end with minutes.
    private static ReportWay.Summary summary(
            StripeClient stripe, ReportWay.MeterEvent event, String customer, Instant from, Instant to)
            throws StripeException {
        long begin = Math.floorDiv(from.getEpochSecond(), MINUTE) * MINUTE;
        long end = Math.ceilDiv(to.getEpochSecond(), MINUTE) * MINUTE;
        BigDecimal quantity = BigDecimal.ZERO;
        for (MeterEventSummary summary : stripe.v1()
                .billing()
                .meters()
                .eventSummaries()
                .list(
                        event.meterId(),
                        MeterEventSummaryListParams.builder()
                                .setCustomer(customer)
                                .setStartTime(begin)
                                .setEndTime(end)
                                .build())
                .getData()) {
            quantity = quantity.add(summary.getAggregatedValue());
        }
        return new ReportWay.Summary(quantity, Instant.ofEpochSecond(begin), Instant.ofEpochSecond(end));
    }

    private static ReportWay.Summary summary(StripeClient stripe, ReportWay.UsageRecord usage, Instant at)
            throws StripeException, UnavailableException {
        String answer = stripe.rawRequest(
                        ApiResource.RequestMethod.GET,
                        "/v1/subscription_items/" + encoded(usage.item()) + "/usage_record_summaries?limit=" + PAGE,
                        null,
                        older(Optional.empty()))
                .body();
        JsonNode summaries;
        try {
            summaries = JSON.readTree(answer).path("data");
        } catch (JsonProcessingException e) {
            throw unavailable("Stripe's answer cannot be read", false);
        }
        for (JsonNode summary : summaries) {
            JsonNode period = summary.path("period");
            // The running period has no end yet.
            Instant begin = Instant.ofEpochSecond(period.path("start").asLong(0));
            Instant end = period.path("end").isNumber()
                    ? Instant.ofEpochSecond(period.path("end").longValue())
                    : at.plus(Duration.ofDays(366));
            if (!at.isBefore(begin) && at.isBefore(end)) {
                return new ReportWay.Summary(summary.path("total_usage").decimalValue(), begin, end);
            }
        }
        throw unavailable("Stripe tells no sum of the period that holds " + at, false);
    }

    private static String encoded(String id) {
        return URLEncoder.encode(id, StandardCharsets.UTF_8);
    }
}
