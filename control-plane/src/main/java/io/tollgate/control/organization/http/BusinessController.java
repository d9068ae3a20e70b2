package io.tollgate.control.organization.http;

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
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.organization.Organization;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.organization.Organizations;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.RequestActor;
import io.tollgate.http.ToldOrganization;
import java.util.Optional;

/// Organizations as the admin manages them, under `/api/v1/businesses`.
@Controller("/api/v1/businesses")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class BusinessController {
    private static final String INVALID = "Invalid request data";
    private static final String INVALID_UPDATE = "Invalid request";

    private final Organizations organizations;

    public BusinessController(Organizations organizations) {
        this.organizations = organizations;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        Authority.admin(Answers.principal(request));
        OrganizationBody body = new OrganizationBody(JsonBody.of(request, INVALID));
        OrganizationDraft draft = body.draft();
        Optional<String> owner = body.owner();
        Organizations.Created made =
                organizations.create(RequestActor.of(request), draft, owner.flatMap(BusinessController::userId));
        return owner.isPresent() && !made.linked() ? unlinked(made.organization()) : created(made.organization());
    }

    @Put("/{bid}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> update(HttpRequest<byte[]> request, String bid) {
        Authority.admin(Answers.principal(request));
        OrganizationBody body = new OrganizationBody(JsonBody.of(request, INVALID_UPDATE, INVALID_UPDATE));
        if (organizations
                .update(RequestActor.of(request), id(bid), body.whole())
                .isEmpty()) {
            throw ToldOrganization.none();
        }
        return Answers.json(HttpStatus.OK, success("Business updated successfully"));
    }

    @Delete("/{bid}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, String bid) {
        Authority.admin(Answers.principal(request));
        if (!organizations.delete(RequestActor.of(request), id(bid))) {
            throw ToldOrganization.none();
        }
        return Answers.json(
                HttpStatus.OK,
                success("Business scheduled for deletion in " + Organizations.RESTORABLE.toDays() + " days")
                        .put("business_id", bid));
    }

    @Post("/{bid}/restore")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> restore(HttpRequest<?> request, String bid) {
        Authority.admin(Answers.principal(request));
        return switch (organizations.restore(RequestActor.of(request), id(bid))) {
            case RESTORED -> Answers.json(HttpStatus.OK, success("Business restored successfully"));
            case NOT_FOUND -> throw ToldOrganization.none();
            case NOT_DELETED -> throw Problem.of(ErrorCode.INVALID_STATE, "The business is not deleted.");
        };
    }

    private static ObjectNode success(String message) {
        return JsonNodeFactory.instance.objectNode().put("success", true).put("message", message);
    }

    private static HttpResponse<byte[]> created(Organization organization) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("business_id", organization.id().value())
                .put("business_name", organization.name())
                .put("email", organization.email());
        return Answers.json(HttpStatus.CREATED, body);
    }

    private static HttpResponse<byte[]> unlinked(Organization organization) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("error", "Partial Success")
                .put("message", "Business created but user linking failed")
                .put("business_id", organization.id().value());
        return Answers.json(HttpStatus.MULTI_STATUS, body);
    }

    // An id that no user can have is the id of none.
    private static Optional<UserId> userId(String text) {
        try {
            return Optional.of(new UserId(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    // An id that no organization can have is the id of none.
    private static OrganizationId id(String bid) {
        try {
            return new OrganizationId(bid);
        } catch (IllegalArgumentException e) {
            throw ToldOrganization.none();
        }
    }
}
