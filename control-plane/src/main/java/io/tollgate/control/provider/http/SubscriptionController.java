package io.tollgate.control.provider.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
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
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.provider.BillingResets;
import io.tollgate.control.provider.Overriding;
import io.tollgate.control.provider.Reconciliation;
import io.tollgate.control.provider.SubscriptionOverride;
import io.tollgate.control.provider.Subscriptions;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.RequestActor;
import java.util.Optional;

/// Subscriptions and billing cycles, for the operator.
@Controller("/admin")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class SubscriptionController {
    private static final String INVALID = "Invalid request data";
    private static final String SUCCESS = "success";

    private final Subscriptions subscriptions;
    private final BillingResets resets;
    private final Optional<Reconciliation> reconciliation;

    /// @param reconciliation absent without a key for the provider's API
    SubscriptionController(Subscriptions subscriptions, BillingResets resets, Optional<Reconciliation> reconciliation) {
        this.subscriptions = subscriptions;
        this.resets = resets;
        this.reconciliation = reconciliation;
    }

    @Post("/reconcile-platform")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> reconcile(HttpRequest<?> request) {
        Authority.operator(Answers.principal(request));
        Reconciliation.Report report = reconciliation
                .orElseThrow(() -> Problem.of(ErrorCode.NOT_CONFIGURED, "STRIPE_API_KEY is not set."))
                .run(RequestActor.of(request));
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("status", report.complete() ? "completed" : "failed")
                        .put("total_checked", report.checked())
                        .put("mismatches_found", report.found())
                        .put("mismatches_fixed", report.fixed())
                        .put("errors", report.errors()));
    }

    @Post("/billing-cycle-reset")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> resetAll(HttpRequest<?> request) {
        Authority.operator(Answers.principal(request));
        BillingResets.Report report = resets.resetAll(RequestActor.of(request), Optional.empty());
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("status", "completed")
                        .put("total_customers", report.tenants())
                        .put("successes", report.tenants() - report.failed())
                        .put("failures", report.failed()));
    }

    @Post("/v1/customers/{businessId}/{customerId}/reset-billing")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> reset(HttpRequest<?> request, String businessId, String customerId) {
        Authority.operator(Answers.principal(request));
        OrganizationId organizationId = PathIds.organization(businessId);
        TenantId tenantId = PathIds.tenant(customerId);
        if (!resets.reset(RequestActor.of(request), organizationId, tenantId)) {
            throw PathIds.noCustomer();
        }
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("status", SUCCESS)
                        .put("message", "Billing metrics reset")
                        .put("business_id", organizationId.value())
                        .put("customer_id", tenantId.value()));
    }

    @Get("/v1/business/{businessId}")
    HttpResponse<byte[]> account(HttpRequest<?> request, String businessId) {
        Authority.operator(Answers.principal(request));
        Subscriptions.Account account =
                subscriptions.account(PathIds.organization(businessId)).orElseThrow(PathIds::noBusiness);
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("business_id", account.id().value())
                        .put("business_name", account.name())
                        .put("email", account.email())
                        .put("plan_type", account.edition())
                        .put("stripe_customer_id", account.providerCustomer().orElse(null)));
    }

    @Post("/v1/business/{businessId}/override")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> override(HttpRequest<byte[]> request, String businessId) {
        Authority.operator(Answers.principal(request));
        OrganizationId organizationId = PathIds.organization(businessId);
        SubscriptionOverride wanted = wanted(request);
        requireDone(subscriptions.override(RequestActor.of(request), organizationId, wanted), PathIds.noBusiness());
        return overridden(organizationId, Optional.empty(), wanted);
    }

    @Post("/v1/customers/{businessId}/{customerId}/override")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> override(HttpRequest<byte[]> request, String businessId, String customerId) {
        Authority.operator(Answers.principal(request));
        OrganizationId organizationId = PathIds.organization(businessId);
        TenantId tenantId = PathIds.tenant(customerId);
        SubscriptionOverride wanted = wanted(request);
        requireDone(
                subscriptions.override(RequestActor.of(request), organizationId, tenantId, wanted),
                PathIds.noCustomer());
        return overridden(organizationId, Optional.of(tenantId), wanted);
    }

    private static SubscriptionOverride wanted(HttpRequest<byte[]> request) {
        JsonBody body = JsonBody.of(request, INVALID);
        String status = body.required("status", word -> {
            if (!SubscriptionOverride.STATUSES.contains(word)) {
                throw new IllegalArgumentException("must be one of "
                        + String.join(
                                ", ",
                                SubscriptionOverride.STATUSES.stream().sorted().toList()));
            }
            return word;
        });
        Optional<String> price = body.optional("price_id", text -> {
            if (text.length() > SubscriptionOverride.PRICE_LENGTH_MAX
                    || text.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("must have at most " + SubscriptionOverride.PRICE_LENGTH_MAX
                        + " characters and no control characters");
            }
            return text;
        });
        return new SubscriptionOverride(status, price.filter(text -> !text.isEmpty()), days(body));
    }

    private static Optional<Integer> days(JsonBody body) {
        var node = body.member("expires_in_days");
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        boolean whole =
                node.isNumber() && node.decimalValue().stripTrailingZeros().scale() <= 0;
        if (!whole
                || !node.canConvertToInt()
                || node.intValue() < 1
                || node.intValue() > SubscriptionOverride.DAYS_MAX) {
            throw body.invalid(
                    "expires_in_days",
                    node.isNumber() ? "invalid_value" : "invalid_type",
                    "must be a whole number from 1 to " + SubscriptionOverride.DAYS_MAX);
        }
        return Optional.of(node.intValue());
    }

    private static void requireDone(Overriding result, Problem unknown) {
        switch (result) {
            case Overriding.Overridden done -> {}
            case Overriding.NoSubscriber none -> throw unknown;
            case Overriding.NoProviderCustomer none ->
                throw Problem.of(
                                ErrorCode.VALIDATION_FAILED,
                                "It is no customer at Stripe: there is nothing to override.")
                        .titled("No Stripe Customer");
        }
    }

    private static HttpResponse<byte[]> overridden(
            OrganizationId organizationId, Optional<TenantId> tenantId, SubscriptionOverride wanted) {
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("status", SUCCESS).put("business_id", organizationId.value());
        tenantId.ifPresent(id -> body.put("customer_id", id.value()));
        body.put("subscription_status", wanted.status())
                .put("override_expires_in_days", wanted.days().orElse(null))
                .put(
                        "message",
                        wanted.days()
                                .map(days -> "The override holds for " + days + " days.")
                                .orElse("The override holds until Stripe tells something newer."));
        return Answers.json(HttpStatus.OK, body);
    }
}
