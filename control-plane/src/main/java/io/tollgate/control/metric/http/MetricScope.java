package io.tollgate.control.metric.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.metric.MetricKey;
import io.tollgate.http.ListParameters;
import java.util.Optional;

/// Whose metric a request is about, by its query: `scope`, and `customer_id` where that is `customer`.
final class MetricScope {
    private MetricScope() {}

    /// @throws Problem `INVALID_SCOPE`
    static SubjectId subject(HttpRequest<?> request) {
        String scope = ListParameters.text(request, "scope").orElse("business");
        Optional<String> tenantId = ListParameters.text(request, "customer_id");
        return switch (scope) {
            case "business" -> SubjectId.organization();
            case "customer" ->
                SubjectId.tenant(tenant(
                        tenantId.orElseThrow(() -> invalid("customer_id is required when scope is 'customer'"))));
            default -> throw invalid("scope must be 'business' or 'customer'");
        };
    }

    /// @throws Problem 404 for a name that no metric can have
    static MetricKey key(OrganizationId organizationId, SubjectId subject, String name) {
        try {
            return new MetricKey(organizationId, subject, new MeterKey(name));
        } catch (IllegalArgumentException e) {
            throw notFound(name);
        }
    }

    static Problem notFound(String name) {
        return Problem.of(ErrorCode.NOT_FOUND, "Metric not found: " + name);
    }

    private static TenantId tenant(String text) {
        try {
            return new TenantId(text);
        } catch (IllegalArgumentException e) {
            throw invalid("customer_id: " + e.getMessage());
        }
    }

    private static Problem invalid(String message) {
        return Problem.of(ErrorCode.INVALID_SCOPE, message);
    }
}
