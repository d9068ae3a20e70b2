package io.tollgate.control.credential.http;

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
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.credential.CredentialType;
import io.tollgate.control.credential.Credentials;
import io.tollgate.control.credential.OpenCredential;
import io.tollgate.control.credential.StripeConfig;
import io.tollgate.control.organization.Organizations;
import io.tollgate.http.Answers;
import io.tollgate.http.ToldOrganization;
import java.util.List;

/// `GET /api/v1/businesses/{bid}/stripe-config`.
@Controller("/api/v1/businesses/{bid}/stripe-config")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class StripeConfigController {
    private final Credentials credentials;
    private final Organizations organizations;

    public StripeConfigController(Credentials credentials, Organizations organizations) {
        this.credentials = credentials;
        this.organizations = organizations;
    }

    @Get
    HttpResponse<byte[]> show(HttpRequest<?> request) {
        OrganizationId organizationId =
                Authority.managed(Answers.principal(request), ToldOrganization.of(request), Permission.KEYS_WRITE);
        if (organizations.find(organizationId).isEmpty()) {
            throw ToldOrganization.none();
        }
        StripeConfig config = StripeConfig.of(
                open(organizationId, CredentialType.STRIPE_FRONTEND), open(organizationId, CredentialType.STRIPE));
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("pricing_table_id", config.pricingTableId().orElse(null))
                .put("pricing_table_configured", config.pricingTableId().isPresent())
                .put("publishable_key", config.publishableKey().orElse(null))
                .put("publishable_key_configured", config.publishableKey().isPresent())
                .put("webhook_secret_configured", config.webhookSecretConfigured())
                .put("secret_key_configured", config.secretKeyConfigured());
        return Answers.secret(Answers.json(HttpStatus.OK, body));
    }

    // Without an encryption key nothing was stored, unless the key was taken away later.
    private List<OpenCredential> open(OrganizationId organizationId, CredentialType type) {
        boolean stored = credentials.active(organizationId).stream().anyMatch(found -> found.type() == type);
        if (!stored) {
            return List.of();
        }
        if (!credentials.configured()) {
            throw Problem.of(ErrorCode.NOT_CONFIGURED, "Credentials cannot be read: ENCRYPTION_KEY is not set.");
        }
        return credentials.open(organizationId, type);
    }
}
