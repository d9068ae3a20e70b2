package io.tollgate.billing.daily.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.daily.Cause;
import io.tollgate.billing.daily.DailyRun;
import io.tollgate.billing.daily.DailySnapshots;
import io.tollgate.billing.daily.DailySnapshots.Made;
import io.tollgate.billing.daily.Granularity;
import io.tollgate.billing.daily.SnapshotCursor;
import io.tollgate.billing.daily.SnapshotFigures;
import io.tollgate.billing.daily.SnapshotFigures.ToldTotal;
import io.tollgate.billing.daily.SnapshotQuery;
import io.tollgate.billing.usage.MeterOperations;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.Span;
import io.tollgate.billing.usage.http.Freshness;
import io.tollgate.billing.usage.http.Periods;
import io.tollgate.billing.usage.http.QueryParameters;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/// `/api/v1/snapshots`: what each tenant used of each meter in each day of UTC. A tenant's key reads its own.
@Controller("/api/v1/snapshots")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class SnapshotController {
    private static final int LIMIT = 100;
    private static final int LIMIT_MAX = 1_000;

    /// Most totals of one answer: thirty years of a meter by days, or a hundred meters by months for eight.
    private static final int TOTALS_MAX = 10_000;

    private final DailyRun run;
    private final SnapshotFigures figures;
    private final ReadBarrier barrier;
    private final InstantSource clock;

    public SnapshotController(
            DailyRun run,
            DailySnapshots snapshots,
            MeterOperations operations,
            ReadBarrier barrier,
            InstantSource clock) {
        this.run = run;
        this.figures = new SnapshotFigures(snapshots, operations);
        this.barrier = barrier;
        this.clock = clock;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> make(HttpRequest<byte[]> request) {
        Principal principal = request.getAttribute(Authority.PRINCIPAL_ATTRIBUTE, Principal.class)
                .orElseThrow(() -> new IllegalStateException("the request reached a route without a principal"));
        OrganizationId organizationId = Authority.organization(principal, Permission.BILLING_WRITE);
        SnapshotBody body = SnapshotBody.read(request, run.today());
        SnapshotQuery of = SnapshotQuery.ofDay(
                organizationId,
                body.day(),
                body.tenantId().map(TenantId::value),
                body.meter().map(MeterKey::value));
        Cause cause = new Cause.Request(principal, request.getAttribute(Authority.REQUEST_ID_ATTRIBUTE, String.class));
        Made made = run.make(of, body.day(), cause).orElseThrow(SnapshotDay::behind);
        return HttpResponse.ok(SnapshotJson.made(made.snapshots(), figures.page(of, Optional.empty(), LIMIT_MAX)))
                .contentType(MediaType.APPLICATION_JSON_TYPE);
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        Freshness freshness = Freshness.await(request, barrier);
        QueryParameters parameters = new QueryParameters(request);
        SnapshotQuery query = query(
                freshness,
                parameters,
                parameters.start("start_date", ZoneOffset.UTC),
                parameters.end("end_date", ZoneOffset.UTC));
        int limit = parameters.limit(LIMIT, LIMIT_MAX);
        Optional<SnapshotCursor> after =
                parameters.read("cursor", SnapshotCursor::fromText, "must be a next_cursor of this list");
        parameters.requireRight();
        return freshness.answer(SnapshotJson.list(figures.page(query, after, limit)));
    }

    @Get("/aggregate")
    HttpResponse<byte[]> aggregate(HttpRequest<?> request) {
        Freshness freshness = Freshness.await(request, barrier);
        QueryParameters parameters = new QueryParameters(request);
        Granularity granularity = parameters
                .read(
                        "granularity",
                        word -> Granularity.ofWord(word).orElseThrow(IllegalArgumentException::new),
                        "must be day or month")
                .orElse(Granularity.DAY);
        Span period = Periods.read(parameters, ZoneOffset.UTC, clock.instant());
        SnapshotQuery query = query(freshness, parameters, Optional.of(period.from()), Optional.of(period.before()));
        parameters.requireRight();
        List<ToldTotal> totals = figures.totals(query, granularity, TOTALS_MAX + 1)
                .filter(found -> found.size() <= TOTALS_MAX)
                .orElseThrow(SnapshotController::tooMuch);
        return freshness.answer(SnapshotJson.totals(totals, granularity));
    }

    /// @param before end of the period, exclusive
    private static SnapshotQuery query(
            Freshness freshness, QueryParameters parameters, Optional<Instant> from, Optional<Instant> before) {
        if (from.isPresent() && before.isPresent() && !from.get().isBefore(before.get())) {
            parameters.wrong("start_date", "invalid_value", "must not be after end_date");
        }
        return new SnapshotQuery(
                freshness.organizationId(),
                freshness.tenants(parameters),
                parameters.filter("event_type"),
                from.map(SnapshotController::day),
                before.map(end -> day(end.minus(1, ChronoUnit.MICROS))));
    }

    private static LocalDate day(Instant instant) {
        return LocalDate.ofInstant(instant, ZoneOffset.UTC);
    }

    private static Problem tooMuch() {
        return Problem.invalid(
                ErrorCode.VALIDATION_FAILED,
                List.of(new Problem.FieldError(
                        "start_date",
                        "too_much",
                        "the period holds more than " + DailySnapshots.READ_MAX + " snapshots or has more than "
                                + TOTALS_MAX + " totals: shorten it, name tenants or event types, or ask for months")));
    }
}
