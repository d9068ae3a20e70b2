package io.tollgate.control.edition.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.account.EmailAddress;
import io.tollgate.control.edition.Edition;
import io.tollgate.control.edition.EditionShop;
import io.tollgate.control.edition.EditionSubscription;
import io.tollgate.control.edition.Editions;
import io.tollgate.control.edition.EventCounts;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The edition of an organization, and buying one: `/api/v1/subscription`.
@Controller("/api/v1/subscription")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class EditionController {
    private static final Logger LOG = LoggerFactory.getLogger(EditionController.class);
    private static final String INVALID = "Invalid request body";
    private static final int INVOICES = 10;
    private static final int PLAN_LENGTH_MAX = 50;
    private static final int NAME_LENGTH_MAX = 200;
    private static final int RETRY_SECONDS = 5;

    private final Editions editions;
    private final Optional<EditionShop> shop;
    private final EventCounts counts;
    private final InstantSource clock;

    /// @param shop absent where the operator has no account at the provider
    EditionController(Editions editions, Optional<EditionShop> shop, EventCounts counts, InstantSource clock) {
        this.editions = editions;
        this.shop = shop;
        this.counts = counts;
        this.clock = clock;
    }

    @Get("/plans")
    HttpResponse<byte[]> plans() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("plans");
        editions.offered().forEach(edition -> list.add(EditionView.edition(edition)));
        return Answers.json(HttpStatus.OK, body);
    }

    @Get
    HttpResponse<byte[]> subscription(HttpRequest<?> request) {
        return Answers.json(
                HttpStatus.OK,
                editions.current(reads(request))
                        .<JsonNode>map(EditionView::subscription)
                        .orElse(NullNode.instance));
    }

    @Get("/usage")
    HttpResponse<byte[]> usage(HttpRequest<?> request) {
        OrganizationId organizationId = reads(request);
        Optional<EditionSubscription> subscription = editions.current(organizationId);
        ZoneId zone = buyer(organizationId).zone();
        YearMonth month = YearMonth.from(clock.instant().atZone(zone));
        Instant start = subscription
                .flatMap(EditionSubscription::periodStart)
                .orElseGet(() -> month.atDay(1).atStartOfDay(zone).toInstant());
        Instant end = subscription
                .flatMap(EditionSubscription::periodEnd)
                .filter(start::isBefore)
                .orElseGet(() -> month.plusMonths(1).atDay(1).atStartOfDay(zone).toInstant());
        return Answers.json(
                HttpStatus.OK,
                EditionView.usage(
                        start,
                        end,
                        subscription.map(EditionSubscription::edition),
                        counts.byMeter(organizationId, start, end)));
    }

    @Post("/checkout")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> checkout(HttpRequest<byte[]> request) {
        OrganizationId organizationId = writes(request);
        JsonBody body = JsonBody.of(request, INVALID);
        String plan = body.required("plan_id", text -> bounded(text, PLAN_LENGTH_MAX));
        Optional<String> email =
                body.optional("email", text -> EmailAddress.of(text).value());
        Optional<String> name = body.optional("organization_name", text -> bounded(text, NAME_LENGTH_MAX));
        Editions.Buyer buyer = buyer(organizationId);
        EditionShop open = shop();
        String price = editions.find(plan)
                .flatMap(Edition::price)
                .orElseThrow(
                        () -> Problem.of(ErrorCode.NOT_FOUND, "There is no plan " + plan + " that can be bought."));
        return session(() -> open.checkout(buyer, price, email, name));
    }

    @Post("/portal")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> portal(HttpRequest<?> request) {
        Editions.Buyer buyer = buyer(writes(request));
        EditionShop open = shop();
        String customer = buyer.customer()
                .orElseThrow(() -> Problem.of(ErrorCode.NOT_FOUND, "The organization has bought nothing yet."));
        return session(() -> open.portal(customer));
    }

    @Get("/invoices")
    HttpResponse<byte[]> invoices(HttpRequest<?> request) {
        Editions.Buyer buyer = buyer(reads(request));
        EditionShop open = shop();
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        if (buyer.customer().isPresent()) {
            asked(() -> open.invoices(buyer.customer().get(), INVOICES))
                    .forEach(invoice -> list.add(EditionView.invoice(invoice)));
        }
        return Answers.json(HttpStatus.OK, list);
    }

    @Get("/upcoming-invoice")
    HttpResponse<byte[]> upcoming(HttpRequest<?> request) {
        Editions.Buyer buyer = buyer(reads(request));
        EditionShop open = shop();
        Optional<EditionSubscription> subscription = editions.current(buyer.id());
        if (buyer.customer().isEmpty() || subscription.isEmpty()) {
            return Answers.json(HttpStatus.OK, NullNode.instance);
        }
        return Answers.json(
                HttpStatus.OK,
                asked(() -> open.upcoming(
                                buyer.customer().get(), subscription.get().providerId()))
                        .<JsonNode>map(EditionView::upcoming)
                        .orElse(NullNode.instance));
    }

    private static OrganizationId reads(HttpRequest<?> request) {
        return Authority.organization(Answers.principal(request), Permission.BILLING_READ);
    }

    private static OrganizationId writes(HttpRequest<?> request) {
        return Authority.organization(Answers.principal(request), Permission.BILLING_WRITE);
    }

    private Editions.Buyer buyer(OrganizationId organizationId) {
        return editions.buyer(organizationId)
                .orElseThrow(() -> Problem.of(ErrorCode.NOT_FOUND, "There is no such organization."));
    }

    private EditionShop shop() {
        return shop.orElseThrow(() -> Problem.of(ErrorCode.NOT_CONFIGURED, "STRIPE_API_KEY is not set."));
    }

    private static String bounded(String text, int lengthMax) {
        if (text.isBlank() || text.length() > lengthMax) {
            throw new IllegalArgumentException("must have 1 to " + lengthMax + " characters");
        }
        return text;
    }

    /// A question to the shop.
    private interface Question<T> {
        T ask() throws EditionShop.UnavailableException;
    }

    private static HttpResponse<byte[]> session(Question<String> question) {
        return Answers.secret(Answers.json(
                HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("session_url", asked(question))));
    }

    // What Stripe says of the operator's account is for the operator.
    private static <T> T asked(Question<T> question) {
        try {
            return question.ask();
        } catch (EditionShop.UnavailableException e) {
            LOG.warn("Stripe cannot be asked about editions: {}", e.getMessage());
            throw Problem.of(ErrorCode.PROVIDER_UNAVAILABLE, "Stripe cannot be asked now; try again.")
                    .retryAfter(RETRY_SECONDS);
        }
    }
}
