package io.tollgate.control.cycle.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.credential.Credentials;
import io.tollgate.control.cycle.UsageReconciliation;
import io.tollgate.http.Answers;
import io.tollgate.http.ListPage;
import io.tollgate.http.ListParameters;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// `GET /api/v1/reports/stripe-reconciliation`: what was used, reported, and added up by Stripe.
@Controller("/api/v1/reports")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class ReconciliationController {
    /// Each row is a question to Stripe.
    private static final int LIMIT = 20;

    private static final int LIMIT_MAX = 100;
    private static final Duration SPAN = Duration.ofDays(35);

    private final UsageReconciliation reconciliation;
    private final Credentials credentials;
    private final InstantSource clock;

    ReconciliationController(UsageReconciliation reconciliation, Credentials credentials, InstantSource clock) {
        this.reconciliation = reconciliation;
        this.credentials = credentials;
        this.clock = clock;
    }

    @Get("/stripe-reconciliation")
    HttpResponse<byte[]> compare(HttpRequest<?> request) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.BILLING_READ);
        if (!credentials.configured()) {
            throw Problem.of(ErrorCode.NOT_CONFIGURED, "ENCRYPTION_KEY is not set.");
        }
        Instant now = clock.instant();
        int limit = ListParameters.limit(request, LIMIT, LIMIT_MAX);
        List<UsageReconciliation.Row> found = reconciliation.compare(
                Optional.of(organizationId),
                ListParameters.filter(request, "tenant_id", TenantId.MAX_LENGTH).map(TenantId::new),
                ListParameters.from(request, "start_date").orElse(now.minus(SPAN)),
                ListParameters.after(request, "end_date").orElse(now),
                limit + 1,
                ListParameters.cursor(request));
        ListPage<UsageReconciliation.Row> page = ListPage.of(
                found,
                limit,
                row -> new TimeCursor(row.cycle().end(), row.cycle().id()));
        return Answers.json(
                HttpStatus.OK,
                page.toJson("rows", ReconciliationController::view).put("checked_at", now.toString()));
    }

    private static ObjectNode view(UsageReconciliation.Row row) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("tenant_id", row.cycle().key().tenantId().value())
                .put("event_type", row.cycle().key().meter().value())
                .put("period_start", row.cycle().start().toString())
                .put("period_end", row.cycle().end().toString())
                .put("log_quantity", plain(row.log()))
                .putNull("invoice_quantity")
                .put("reported_quantity", plain(row.cycle().reported()))
                .put(
                        "stripe_quantity",
                        row.provider().map(ReconciliationController::plain).orElse(null))
                .put(
                        "difference",
                        row.difference().map(ReconciliationController::plain).orElse(null))
                .put("status", row.status().word());
    }

    private static BigDecimal plain(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }
}
