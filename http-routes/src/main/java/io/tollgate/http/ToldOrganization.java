package io.tollgate.http;

import io.micronaut.http.HttpAttributes;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.uri.UriMatchInfo;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.util.Optional;

/// The organization that a request names: in its path as `{bid}`, else as `business_id` of the query, else in the
/// header
/// `X-Organization-Id`. A body that names one as well goes before the query.
public final class ToldOrganization {
    private ToldOrganization() {}

    public static Optional<OrganizationId> of(HttpRequest<?> request) {
        return of(request, Optional.empty());
    }

    /// @param inBody the organization that the body names
    public static Optional<OrganizationId> of(HttpRequest<?> request, Optional<OrganizationId> inBody) {
        return inPath(request)
                .or(() -> inBody)
                .or(() -> request.getParameters()
                        .getFirst("business_id")
                        .or(() -> request.getHeaders().getFirst("X-Organization-Id"))
                        .filter(text -> !text.isEmpty())
                        .map(ToldOrganization::id));
    }

    private static Optional<OrganizationId> inPath(HttpRequest<?> request) {
        return request.getAttribute(HttpAttributes.ROUTE_MATCH, UriMatchInfo.class)
                .map(route -> route.getVariableValues().get("bid"))
                .map(bid -> id(bid.toString()));
    }

    // An id that no organization can have is the id of none.
    private static OrganizationId id(String text) {
        try {
            return new OrganizationId(text);
        } catch (IllegalArgumentException e) {
            throw none();
        }
    }

    /// The problem of a request that names an organization which does not exist.
    public static Problem none() {
        return Problem.of(ErrorCode.NOT_FOUND, "Business not found");
    }
}
