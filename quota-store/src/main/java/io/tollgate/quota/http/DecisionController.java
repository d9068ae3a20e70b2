package io.tollgate.quota.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.RequestAttribute;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.quota.admission.DecisionId;
import java.util.LinkedHashMap;
import java.util.Map;

/// `GET /api/v1/decisions/{id}`: what a denial's id says, in words. The id carries everything itself, so it can be
/// asked for
/// years later at any gateway, by anybody with a key; nothing is looked up and nothing vouches for it but its text.
@Controller("/api/v1/decisions")
@Requires(property = "tollgate.roles.gateway", value = "true")
public final class DecisionController {
    @Get("/{id}")
    public Map<String, Object> decision(
            @RequestAttribute(Authority.PRINCIPAL_ATTRIBUTE) Principal principal, @PathVariable String id) {
        // An id tells no more than the refusal that it came with.
        Authority.reach(principal, Permission.USAGE_READ);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("decision_id", id);
        json.put("allowed", false);
        json.put("reason", "QUOTA_EXCEEDED");
        try {
            DecisionId.explain(id).forEach((field, text) -> json.put(field, text.isEmpty() ? null : text));
        } catch (IllegalArgumentException e) {
            throw Problem.of(ErrorCode.NOT_FOUND, "There is no decision " + id + ".");
        }
        return json;
    }
}
