package io.tollgate.quota.http;

import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whose metric a request means: `scope` and `customer_id` of the query.
public final class MetricScope {
    private MetricScope() {}

    /// @throws Problem if they name nobody
    public static SubjectId subject(@Nullable String scope, @Nullable String customerId) {
        return switch (scope == null ? "business" : scope) {
            case "business" -> SubjectId.organization();
            case "customer" -> {
                if (customerId == null || customerId.isEmpty()) {
                    throw Problem.of(ErrorCode.INVALID_SCOPE, "scope=customer needs customer_id");
                }
                try {
                    yield SubjectId.tenant(new TenantId(customerId));
                } catch (IllegalArgumentException e) {
                    throw Problem.invalid(
                            ErrorCode.VALIDATION_FAILED,
                            List.of(new Problem.FieldError("customer_id", "invalid", String.valueOf(e.getMessage()))));
                }
            }
            default -> throw Problem.of(ErrorCode.INVALID_SCOPE, "scope must be business or customer");
        };
    }
}
