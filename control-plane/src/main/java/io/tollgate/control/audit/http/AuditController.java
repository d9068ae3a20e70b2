package io.tollgate.control.audit.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
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
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.AuditPage;
import io.tollgate.control.audit.AuditQuery;
import io.tollgate.control.audit.AuditTrail;
import io.tollgate.http.Answers;
import io.tollgate.http.ListParameters;
import io.tollgate.http.ToldOrganization;
import java.util.Optional;

/// The audit trail: an organization's own under `/api/v1`, everything under `/admin`.
@Controller
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class AuditController {
    private static final int LIMIT = 100;
    private static final int LIMIT_MAX = 1_000;

    /// Longest value of a filter in characters; the longest id of an actor is shorter.
    private static final int FILTER_LENGTH_MAX = 200;

    private final AuditTrail trail;

    public AuditController(AuditTrail trail) {
        this.trail = trail;
    }

    @Get("/api/v1/audit-logs")
    HttpResponse<byte[]> listOwn(HttpRequest<?> request) {
        OrganizationId own =
                Authority.managed(Answers.principal(request), ToldOrganization.of(request), Permission.AUDIT_READ);
        return list(request, Optional.of(own));
    }

    @Get("/admin/audit-logs")
    HttpResponse<byte[]> listAll(HttpRequest<?> request) {
        Authority.operator(Answers.principal(request));
        return list(request, ToldOrganization.of(request));
    }

    private HttpResponse<byte[]> list(HttpRequest<?> request, Optional<OrganizationId> organizationId) {
        AuditPage page = trail.list(new AuditQuery(
                organizationId,
                ListParameters.filter(request, "action", FILTER_LENGTH_MAX),
                ListParameters.filter(request, "actor_id", FILTER_LENGTH_MAX),
                ListParameters.from(request, "start_date"),
                ListParameters.after(request, "end_date"),
                ListParameters.cursorOfUuids(request),
                ListParameters.limit(request, LIMIT, LIMIT_MAX)));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("audit_logs");
        page.entries().forEach(entry -> list.add(view(entry)));
        body.put("next_cursor", page.next().map(TimeCursor::toText).orElse(null));
        return Answers.json(HttpStatus.OK, body);
    }

    private static ObjectNode view(AuditEntry entry) {
        ObjectNode view = JsonNodeFactory.instance
                .objectNode()
                .put("id", entry.id().toString())
                .put("actor_id", entry.actor().id())
                .put("action", entry.action())
                .put("resource_type", entry.resourceType())
                .put("resource_id", entry.resourceId());
        view.set("details", entry.details());
        return view.put("request_id", entry.actor().requestId().orElse(null))
                .put("created_at", entry.at().toString())
                .put(
                        "business_id",
                        entry.organizationId().map(OrganizationId::value).orElse(null));
    }
}
