package io.tollgate.control.provider.http;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;

/// Ids in paths: what cannot be an id names nothing.
final class PathIds {
    private PathIds() {}

    static OrganizationId organization(String id) {
        try {
            return new OrganizationId(id);
        } catch (IllegalArgumentException e) {
            throw noBusiness();
        }
    }

    static TenantId tenant(String id) {
        try {
            return new TenantId(id);
        } catch (IllegalArgumentException e) {
            throw noCustomer();
        }
    }

    static Problem noBusiness() {
        return Problem.of(ErrorCode.NOT_FOUND, "Business not found");
    }

    static Problem noCustomer() {
        return Problem.of(ErrorCode.NOT_FOUND, "Customer not found");
    }
}
