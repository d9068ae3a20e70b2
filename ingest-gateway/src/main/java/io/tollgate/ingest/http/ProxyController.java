package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.access.Reach;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.proxy.DomainAuthorization;
import io.tollgate.ingest.proxy.KnownTenants;
import io.tollgate.ingest.proxy.LoopCheck;
import io.tollgate.ingest.proxy.ProxyCall;
import io.tollgate.ingest.proxy.ProxyConfig;
import io.tollgate.ingest.proxy.ProxyHeaders;
import io.tollgate.ingest.proxy.TargetClient;
import io.tollgate.ingest.proxy.TargetClient.Reached;
import io.tollgate.ingest.proxy.WebhookSecrets;
import io.tollgate.quota.metric.BreachStatus;
import io.tollgate.quota.metric.LimitDecision;
import io.tollgate.quota.metric.LimitDecisions;
import io.tollgate.quota.metric.LimitDecisions.Projection;
import jakarta.annotation.Nullable;
import jakarta.inject.Named;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;

/// `POST /api/v1/proxy`: tests plan limits, then forwards. A call that a later step refuses, or that the target does
/// not
/// answer well, gives back what `count` held.
///
/// A call whose counters are here and need no waiting is answered on the event loop that read it, from the test to the
/// target and back; every other one on a virtual thread.
@Controller
@Requires(property = "tollgate.roles.gateway", value = "true")
final class ProxyController {
    static final String PATH = "/api/v1/proxy";
    private static final int OWNER_RETRY_AFTER_SECONDS = 1;

    /// What targets check calls by. It goes where the organization itself sends it, and to places that the operator has
    /// listed: a customer names the target of its calls, and must not learn the secret by naming its own.
    private static final String SECRET_HEADER = "x-webhook-secret-";

    /// What is larger takes an event loop too long to turn into JSON or back.
    private static final int EVENT_LOOP_BYTES_MAX = 65_536;

    private static final byte[] NO_BYTES = {};

    private final LimitDecisions limits;
    private final LimitDecisions limitsAtOnce;
    private final ProxyReservations reservations;
    private final KnownTenants tenants;
    private final WebhookSecrets secrets;
    private final TargetClient targets;
    private final DomainAuthorization domains;
    private final ProxyConfig config;
    private final LoopCheck loops;
    private final IngestMetrics metrics;
    private final InstantSource clock;
    private final ExecutorService virtualThreads;

    ProxyController(
            LimitDecisions limits,
            ProxyReservations reservations,
            KnownTenants tenants,
            WebhookSecrets secrets,
            TargetClient targets,
            ProxyConfig config,
            IngestMetrics metrics,
            InstantSource clock,
            @Named(TaskExecutors.VIRTUAL) ExecutorService virtualThreads) {
        this.limits = limits;
        this.limitsAtOnce = limits.atOnce();
        this.reservations = reservations;
        this.tenants = tenants;
        this.secrets = secrets;
        this.targets = targets;
        this.domains = new DomainAuthorization(targets);
        this.config = config;
        this.loops = new LoopCheck(config.own());
        this.metrics = metrics;
        this.clock = clock;
        this.virtualThreads = virtualThreads;
    }

    /// @param body null if empty; jakarta's annotation, because only a declaration annotation tells the framework so
    @Post(value = PATH, consumes = MediaType.ALL)
    CompletionStage<HttpResponse<Object>> proxy(HttpRequest<?> request, @Body @Nullable byte[] body) {
        Reach reach = Authority.reach(principal(request), Permission.PROXY_USE);
        byte[] received = body == null ? NO_BYTES : body;
        EventBody.checkJson(request.getHeaders(), received, EventBody.UPDATE_BYTES_MAX);
        if (received.length > EVENT_LOOP_BYTES_MAX) {
            return elsewhere(() -> waiting(request, reach, ProxyBody.read(received, reach)));
        }
        ProxyCall call = ProxyBody.read(received, reach);
        if (call.count().isPresent() || config.authorizesDomains()) {
            return elsewhere(() -> waiting(request, reach, call));
        }
        boolean known = call.tenantId()
                .map(tenant -> tenants.defined(reach.organizationId(), tenant))
                .orElse(true);
        if (!known) {
            return elsewhere(() -> waiting(request, reach, call));
        }
        return switch (decide(limitsAtOnce, reach.organizationId(), call, Optional.empty())) {
            case LimitDecision.Allowed allowed ->
                forward(request, reach, call, allowed).thenCompose(reached -> answering(call, allowed, reached));
            case LimitDecision.Unavailable unavailable -> elsewhere(() -> waiting(request, reach, call));
            case LimitDecision refusal -> CompletableFuture.completedFuture(refused(refusal));
        };
    }

    private <T> CompletableFuture<T> elsewhere(Supplier<T> blocking) {
        return CompletableFuture.supplyAsync(blocking, virtualThreads);
    }

    private CompletionStage<HttpResponse<Object>> answering(
            ProxyCall call, LimitDecision.Allowed allowed, Reached reached) {
        return reached instanceof Reached.Answered answered && answered.body().length > EVENT_LOOP_BYTES_MAX
                ? elsewhere(() -> answered(call, allowed, reached, Optional.empty()))
                : CompletableFuture.completedFuture(answered(call, allowed, reached, Optional.empty()));
    }

    /// The whole call on a thread that may wait.
    private HttpResponse<Object> waiting(HttpRequest<?> request, Reach reach, ProxyCall call) {
        call.tenantId().ifPresent(tenant -> requireTenant(reach, tenant));
        return call.count().isPresent() ? counted(request, reach, call) : plain(request, reach, call);
    }

    private void requireTenant(Reach reach, TenantId tenantId) {
        if (!tenants.exists(reach.organizationId(), tenantId)) {
            throw Problem.of(ErrorCode.NOT_FOUND, "Customer not found");
        }
    }

    private HttpResponse<Object> plain(HttpRequest<?> request, Reach reach, ProxyCall call) {
        LimitDecision decision = decide(limits, reach.organizationId(), call, Optional.empty());
        if (!(decision instanceof LimitDecision.Allowed allowed)) {
            return refused(decision);
        }
        return answered(call, allowed, forward(request, reach, call, allowed).join(), Optional.empty());
    }

    /// Holds first and tests then, so that calls at once cannot all see the same room; two of them may both be refused
    /// where one would have fitted, never both pass.
    private HttpResponse<Object> counted(HttpRequest<?> request, Reach reach, ProxyCall call) {
        OrganizationId organizationId = reach.organizationId();
        LimitDecision before = decide(limits, organizationId, call, Optional.empty());
        if (!(before instanceof LimitDecision.Allowed)) {
            return refused(before);
        }
        ProxyReservations.Hold hold = reservations.hold(organizationId, call);
        boolean settled = false;
        try {
            LimitDecision decision = decide(limits, organizationId, call, Optional.of(hold.beside()));
            if (!(decision instanceof LimitDecision.Allowed allowed)) {
                return refused(decision);
            }
            Reached reached = forward(request, reach, call, allowed).join();
            try {
                settled = reached instanceof Reached.Answered answered && succeeded(answered.status());
                Map<String, Object> usage = settled ? reservations.settle(hold) : hold.released();
                return answered(call, allowed, reached, Optional.of(usage));
            } finally {
                giveBack(reached);
            }
        } finally {
            if (!settled) {
                reservations.release(hold);
            }
        }
    }

    private static boolean succeeded(int status) {
        return status >= HttpStatus.OK.getCode() && status < HttpStatus.BAD_REQUEST.getCode();
    }

    private static LimitDecision decide(
            LimitDecisions by, OrganizationId organizationId, ProxyCall call, Optional<Projection> projection) {
        if (call.tenantId().isEmpty()) {
            return by.ofOrganization(organizationId, call.meter(), projection);
        }
        TenantId tenantId = call.tenantId().get();
        return call.testsAll()
                ? by.ofAll(organizationId, tenantId)
                : by.ofMeter(organizationId, tenantId, call.meter(), projection, true);
    }

    /// @throws Problem if the call may not be forwarded at all
    private CompletableFuture<Reached> forward(
            HttpRequest<?> request, Reach reach, ProxyCall call, LimitDecision.Allowed allowed) {
        OrganizationId organizationId = reach.organizationId();
        if (config.authorizesDomains()) {
            switch (domains.verdict(call.target(), organizationId)) {
                case AUTHORIZED -> {}
                case UNAUTHORIZED ->
                    throw Problem.of(
                                    ErrorCode.FORBIDDEN,
                                    "The target's host does not list this organization in /.tollgate.json.")
                            .titled("Unauthorized Domain");
                case UNREACHABLE ->
                    throw Problem.of(
                            ErrorCode.DOMAIN_VERIFICATION_FAILED,
                            "The target's host cannot be asked for /.tollgate.json.");
            }
        }
        if (loops.loops(call.target())) {
            throw Problem.of(ErrorCode.VALIDATION_FAILED, "Cannot proxy back to Tollgate")
                    .titled("Loop Detected");
        }
        if (call.headers().keySet().stream().anyMatch(ProxyHeaders::marksProxied)
                || request.getHeaders().names().stream().anyMatch(ProxyHeaders::marksProxied)) {
            throw Problem.of(ErrorCode.VALIDATION_FAILED, "The call has passed through a proxy of this kind already.")
                    .titled("Double Proxy Detected");
        }
        return targets.send(
                        call.target(),
                        call.method(),
                        ProxyHeaders.forwarded(call, added(principal(request), reach, call, allowed)),
                        call.body().map(text -> text.getBytes(StandardCharsets.UTF_8)),
                        call.timeout())
                .thenApply(reached -> {
                    metrics.proxied(reached);
                    return reached;
                });
    }

    private Map<String, String> added(Principal principal, Reach reach, ProxyCall call, LimitDecision.Allowed allowed) {
        OrganizationId organizationId = reach.organizationId();
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("x-tracktags-business-id", organizationId.value());
        headers.put("x-tracktags-proxied", "true");
        headers.put(ProxyHeaders.PROXIED, "true");
        if (call.tenantId().isPresent()) {
            var machines = tenants.machines(organizationId, call.tenantId().get());
            headers.put(ProxyHeaders.CUSTOMER_ID, call.tenantId().get().value());
            headers.put("x-tracktags-owned-machines", String.join(",", machines));
            headers.put("x-tracktags-machine-count", Integer.toString(machines.size()));
            headers.put(
                    "x-tracktags-plan-id",
                    allowed.plan().plan().map(plan -> plan.id()).orElse("free"));
        } else {
            headers.put("x-tracktags-scope", "business");
        }
        if (call.testsAll()) {
            headers.put("x-tracktags-limits", ProxyAnswer.limitsHeader(allowed));
        } else if (principal instanceof Principal.Organization || targets.listed(call.target())) {
            secrets.of(organizationId).ifPresent(known -> {
                headers.put(SECRET_HEADER + "primary", known.primary());
                known.secondary().ifPresent(before -> headers.put(SECRET_HEADER + "secondary", before));
            });
        }
        return headers;
    }

    private static void giveBack(Reached reached) {
        if (reached instanceof Reached.Answered answered) {
            answered.room().release();
        }
    }

    private static HttpResponse<Object> answered(
            ProxyCall call, LimitDecision.Allowed allowed, Reached reached, Optional<Map<String, Object>> usage) {
        return switch (reached) {
            case Reached.Answered answered -> {
                try {
                    yield HttpResponse.<Object>ok(ProxyAnswer.allowed(call, allowed, answered, usage))
                            .contentType(MediaType.APPLICATION_JSON_TYPE);
                } finally {
                    answered.room().release();
                }
            }
            case Reached.Forbidden forbidden ->
                throw Problem.of(ErrorCode.TARGET_FORBIDDEN, "The target " + forbidden.why() + ".");
            case Reached.Failed failed -> throw failure(ErrorCode.PROXY_TARGET_FAILED);
            case Reached.TimedOut timedOut -> throw failure(ErrorCode.PROXY_TARGET_TIMEOUT);
            case Reached.TooLarge tooLarge -> throw failure(ErrorCode.PROXY_RESPONSE_TOO_LARGE);
            case Reached.Overloaded overloaded ->
                throw Problem.of(ErrorCode.OVERLOADED, "Too many bytes of answers are under way; try again soon.")
                        .retryAfter(OWNER_RETRY_AFTER_SECONDS);
        };
    }

    private static Problem failure(ErrorCode code) {
        return Problem.of(code, "Failed to forward request to target");
    }

    private HttpResponse<Object> refused(LimitDecision decision) {
        Instant now = clock.instant();
        return switch (decision) {
            case LimitDecision.Denied denied -> {
                Optional<Long> retryAfter = BreachStatus.retryAfterSeconds(denied.tested(), now);
                MutableHttpResponse<Object> answer = HttpResponse.<Object>status(HttpStatus.TOO_MANY_REQUESTS)
                        .body((Object) ProxyAnswer.denied(denied, retryAfter))
                        .contentType(MediaType.APPLICATION_JSON_TYPE);
                retryAfter.ifPresent(seconds -> answer.header("Retry-After", seconds.toString()));
                yield answer;
            }
            case LimitDecision.Expired expired ->
                throw Problem.of(
                                ErrorCode.SUBSCRIPTION_EXPIRED,
                                "The customer's subscription has ended and there is no free plan.")
                        .with("status", "denied");
            case LimitDecision.Suspended suspended ->
                throw Problem.of(ErrorCode.TENANT_SUSPENDED, "The customer is suspended.");
            case LimitDecision.Deleted deleted ->
                throw Problem.of(ErrorCode.TENANT_DELETED, "The customer is deleted.");
            case LimitDecision.NoMetric none ->
                throw Problem.of(ErrorCode.NOT_FOUND, "Metric not found: " + none.meter());
            case LimitDecision.Unavailable unavailable ->
                throw Problem.of(ErrorCode.OWNER_UNAVAILABLE, unavailable.why()).retryAfter(OWNER_RETRY_AFTER_SECONDS);
            case LimitDecision.Allowed allowed -> throw new IllegalStateException("what is allowed is not refused");
        };
    }

    private static Principal principal(HttpRequest<?> request) {
        return request.getAttribute(Authority.PRINCIPAL_ATTRIBUTE, Principal.class)
                .orElseThrow(() -> new IllegalStateException("no filter has left a principal"));
    }
}
