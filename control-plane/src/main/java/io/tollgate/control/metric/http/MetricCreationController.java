package io.tollgate.control.metric.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.metric.MeterPresence;
import io.tollgate.control.metric.MeterPresence.ImplicitMeter;
import io.tollgate.control.metric.MetricCreation;
import io.tollgate.control.metric.MetricKey;
import io.tollgate.control.metric.MetricSettings;
import io.tollgate.control.metric.MetricUpdates;
import io.tollgate.control.metric.Metrics;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.RequestActor;
import io.tollgate.metering.quantity.Quantity;
import java.util.Optional;

/// The routes of metrics that change what is defined: making and deleting one. A metric that exists keeps its settings,
/// whether it was made here, by an event or by a plan limit.
@Controller("/api/v1/metrics")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class MetricCreationController {
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    private final Metrics metrics;
    private final MeterPresence presence;
    private final MetricUpdates updates;

    public MetricCreationController(Metrics metrics, MeterPresence presence, MetricUpdates updates) {
        this.metrics = metrics;
        this.presence = presence;
        this.updates = updates;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        OrganizationId organizationId = organization(request, "Admin key cannot create metrics directly");
        SubjectId subject = MetricScope.subject(request);
        MetricBody.Draft draft = new MetricBody(JsonBody.businessObject(request, MetricBody.INVALID)).draft();
        MetricKey key = new MetricKey(organizationId, subject, draft.meter());
        Optional<ImplicitMeter> implicit = metrics.find(key).isPresent() ? Optional.empty() : presence.find(key);
        if (implicit.isPresent()) {
            return existed(
                    key,
                    MetricSettings.implicit(
                            implicit.get().operation(), implicit.get().type()),
                    draft.initialValue());
        }
        return switch (metrics.create(key, draft.settings(), RequestActor.of(request))) {
            case MetricCreation.Created created ->
                Answers.json(HttpStatus.CREATED, view(key, created.metric().settings()));
            case MetricCreation.Existed existed -> existed(key, existed.metric().settings(), draft.initialValue());
            case MetricCreation.TooMany tooMany ->
                throw Problem.of(
                        ErrorCode.PLATFORM_LIMIT_EXCEEDED,
                        "The organization's edition allows " + tooMany.creationsMax()
                                + " new metrics per day (UTC); they are used up.");
            case MetricCreation.TenantDeleted deleted ->
                throw Problem.of(ErrorCode.TENANT_DELETED, "The customer is deleted.");
            case MetricCreation.NoOrganization nowhere -> throw Problem.of(ErrorCode.NOT_FOUND, "Business not found");
        };
    }

    @Delete("/{name}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, @PathVariable String name) {
        OrganizationId organizationId = organization(request, "Admin key cannot delete metrics directly");
        MetricKey key = MetricScope.key(organizationId, MetricScope.subject(request), name);
        boolean counted = presence.find(key).isPresent();
        if (!metrics.delete(key, counted, RequestActor.of(request))) {
            throw MetricScope.notFound(name);
        }
        return Answers.json(
                HttpStatus.OK,
                NODES.objectNode()
                        .put("status", "deleted")
                        .put("metric_name", name)
                        .put("business_id", organizationId.value()));
    }

    private static OrganizationId organization(HttpRequest<?> request, String toAdmin) {
        Principal principal = Answers.principal(request);
        if (principal instanceof Principal.Admin) {
            throw Problem.of(ErrorCode.FORBIDDEN, toAdmin);
        }
        return Authority.organization(principal, Permission.CATALOG_WRITE);
    }

    private HttpResponse<byte[]> existed(MetricKey key, MetricSettings settings, Optional<Quantity> initialValue) {
        initialValue.ifPresent(value -> updates.record(key, value));
        return Answers.json(HttpStatus.CREATED, view(key, settings).put("existed", true));
    }

    private static ObjectNode view(MetricKey key, MetricSettings settings) {
        Optional<TenantId> tenantId = key.subject().tenantId();
        ObjectNode body = NODES.objectNode()
                .put("status", "created")
                .put("business_id", key.organizationId().value());
        tenantId.ifPresent(id -> body.put("customer_id", id.value()));
        body.put("metric_name", key.meter().value())
                .put("operation", settings.operation().name())
                .put("flush_interval", settings.flushInterval().word())
                .put("cleanup_after", settings.cleanupAfter().word());
        if (tenantId.isEmpty()) {
            body.put("tick_type", "tick_" + settings.flushInterval().word());
        }
        return body.put("metric_type", settings.type().word())
                .put(
                        "initial_value",
                        Quantity.withFraction(settings.initialValue().value()));
    }
}
