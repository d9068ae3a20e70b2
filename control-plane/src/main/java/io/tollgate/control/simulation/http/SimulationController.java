package io.tollgate.control.simulation.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
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
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.simulation.Simulations;
import io.tollgate.control.simulation.Simulations.Creation;
import io.tollgate.control.simulation.Simulations.Simulation;
import io.tollgate.control.simulation.Simulations.Sum;
import io.tollgate.control.simulation.Totals;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.ListPage;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// `/api/v1/simulations`: what a past period would have cost under other prices. Worked out in the background; changes
/// nothing that is billed.
@Controller("/api/v1/simulations")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class SimulationController {
    private static final String INVALID = "Invalid request body";
    private static final int LIMIT = 1_000;

    private final Simulations simulations;

    public SimulationController(Simulations simulations) {
        this.simulations = simulations;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        OrganizationId organizationId = organization(request);
        SimulationBody body = new SimulationBody(JsonBody.object(request, INVALID, INVALID));
        String id = created(simulations.create(organizationId, body.draft(), RequestActor.of(request)));
        return Answers.json(
                HttpStatus.ACCEPTED, JsonNodeFactory.instance.objectNode().put("id", id));
    }

    @Get("/{id}")
    HttpResponse<byte[]> show(HttpRequest<?> request, @PathVariable String id) {
        OrganizationId organizationId = organization(request);
        int limit = ListParameters.limit(request, LIMIT, LIMIT);
        Optional<String> after = ListParameters.cursor(request).map(TimeCursor::id);
        Simulation simulation = simulations
                .find(organizationId, Answers.storable(id, SimulationController::none))
                .orElseThrow(SimulationController::none);
        return Answers.json(HttpStatus.OK, view(simulation, after, limit));
    }

    private static OrganizationId organization(HttpRequest<?> request) {
        return Authority.organization(Answers.principal(request), Permission.BILLING_READ);
    }

    private static String created(Creation creation) {
        return switch (creation) {
            case Creation.Created created -> created.id();
            case Creation.TooMany tooMany ->
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        Simulations.OPEN_MAX + " simulations are not finished yet: ask again when one is.");
            case Creation.NoPlan noPlan ->
                throw Problem.invalid(
                        ErrorCode.PLAN_NOT_FOUND,
                        List.of(new Problem.FieldError(
                                noPlan.path(),
                                "NOT_FOUND",
                                "must be the id or name of a plan, not " + noPlan.planRef())));
            case Creation.NoTenant noTenant ->
                throw Problem.of(
                        ErrorCode.NOT_FOUND,
                        "Customer not found: " + noTenant.tenantId().value());
            case Creation.Invalid invalid ->
                throw Problem.invalid(
                        ErrorCode.VALIDATION_FAILED,
                        List.of(new Problem.FieldError(invalid.path(), "INVALID_VALUE", invalid.message())));
            case Creation.NoOrganization noOrganization -> throw none();
        };
    }

    private static Problem none() {
        return Problem.of(ErrorCode.NOT_FOUND, "Simulation not found");
    }

    private ObjectNode view(Simulation simulation, Optional<String> after, int limit) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("id", simulation.id())
                .put("status", simulation.status().name().toLowerCase(Locale.ROOT))
                .put("from", simulation.from().toString())
                .put("to", simulation.to().toString())
                .put("currency", simulation.currency().getCurrencyCode())
                .put("tenants_done", simulation.tenantsDone())
                .put("error", simulation.error().orElse(null))
                .put("created_at", simulation.createdAt().toString())
                .put(
                        "finished_at",
                        simulation.finishedAt().map(Instant::toString).orElse(null));
        ArrayNode candidates = body.putArray("candidates");
        if (simulation.status() != Simulations.Status.COMPLETED) {
            return body.putNull("next_cursor");
        }
        List<Sum> sums = simulations.sums(simulation);
        ListPage<Totals> page = ListPage.of(
                simulations.totals(simulation, after, limit + 1),
                limit,
                totals -> new TimeCursor(simulation.createdAt(), totals.tenantId()));
        for (int i = 0; i < sums.size(); i++) {
            candidates.add(candidate(simulation, i, sums.get(i), page.shown()));
        }
        return body.put("next_cursor", page.next().map(TimeCursor::toText).orElse(null));
    }

    private static ObjectNode candidate(Simulation simulation, int number, Sum sum, List<Totals> shown) {
        ObjectNode view = JsonNodeFactory.instance
                .objectNode()
                .put("name", simulation.candidates().get(number))
                .put("total", money(sum.candidate()))
                .put("current_total", money(sum.current()))
                .put("difference", money(sum.candidate().subtract(sum.current())))
                .put("tenant_count", sum.tenants())
                .put("winners", sum.winners())
                .put("losers", sum.losers());
        ArrayNode tenants = view.putArray("tenants");
        for (Totals totals : shown) {
            BigDecimal proposed = totals.candidates().get(number);
            tenants.addObject()
                    .put("tenant_id", totals.tenantId())
                    .put("current_total", money(totals.current()))
                    .put("candidate_total", money(proposed))
                    .put("difference", money(proposed.subtract(totals.current())));
        }
        return view;
    }

    /// Without trailing zeros and without exponent.
    private static BigDecimal money(BigDecimal amount) {
        BigDecimal stripped = amount.signum() == 0 ? BigDecimal.ZERO : amount.stripTrailingZeros();
        return stripped.setScale(Math.max(0, stripped.scale()));
    }
}
