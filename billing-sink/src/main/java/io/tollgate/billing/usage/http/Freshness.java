package io.tollgate.billing.usage.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.access.Reach;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Whose read it is, and how much it is known to include.
public record Freshness(Reach reach, boolean current) {
    private static final Duration WAIT_MAX = Duration.ofSeconds(2);
    private static final String AFTER = "Tollgate-After";

    /// Waits for the organization's last write through this entry point, or for the one that the request names.
    ///
    /// @throws Problem if the caller may not read, or names a write that is not included in time
    public static Freshness await(HttpRequest<?> request, ReadBarrier barrier) {
        return await(request, barrier, Authority.reach(principal(request), Permission.USAGE_READ));
    }

    /// As above, for answers about an organization as a whole, which the key of a tenant does not get.
    public static Freshness awaitWhole(HttpRequest<?> request, ReadBarrier barrier) {
        return awaitWhole(request, barrier, Permission.USAGE_READ);
    }

    /// As above, for answers that take another permission.
    public static Freshness awaitWhole(HttpRequest<?> request, ReadBarrier barrier, Permission permission) {
        return await(
                request, barrier, new Reach(Authority.organization(principal(request), permission), Optional.empty()));
    }

    private static Principal principal(HttpRequest<?> request) {
        return request.getAttribute(Authority.PRINCIPAL_ATTRIBUTE, Principal.class)
                .orElseThrow(() -> new IllegalStateException("the request reached a route without a principal"));
    }

    private static Freshness await(HttpRequest<?> request, ReadBarrier barrier, Reach reach) {
        Optional<LogPosition> after = request.getHeaders().getFirst(AFTER).map(Freshness::position);
        boolean current = barrier.awaitOrganization(reach.organizationId(), after, WAIT_MAX);
        if (!current && after.isPresent()) {
            throw Problem.of(
                            ErrorCode.NOT_CAUGHT_UP,
                            "The write that " + AFTER + " names is not stored yet. Ask again in a second.")
                    .retryAfter(1);
        }
        return new Freshness(reach, current);
    }

    public OrganizationId organizationId() {
        return reach.organizationId();
    }

    /// The tenants that a query is about: those it names, but for a tenant's key only that tenant.
    public List<String> tenants(QueryParameters parameters) {
        List<String> named = parameters.tenants("tenant_id");
        return reach.onlyTenant().map(own -> List.of(own.value())).orElse(named);
    }

    private static LogPosition position(String text) {
        try {
            return LogPosition.fromText(text);
        } catch (IllegalArgumentException e) {
            throw Problem.invalid(
                    ErrorCode.VALIDATION_FAILED,
                    List.of(new Problem.FieldError(
                            AFTER, "invalid_value", "must be a position that Tollgate-Position gave out")));
        }
    }

    /// The answer, which says if it may be stale.
    public MutableHttpResponse<byte[]> answer(byte[] json) {
        return says(HttpResponse.ok(json).contentType(MediaType.APPLICATION_JSON_TYPE));
    }

    /// As above, for an answer in another form.
    public MutableHttpResponse<byte[]> says(MutableHttpResponse<byte[]> answer) {
        return current ? answer : answer.header("Tollgate-Stale", "true");
    }
}
