package io.tollgate.control.provider.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.secret.CannotOpenException;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.secret.SecretPlace;
import io.tollgate.control.provider.EventSource;
import io.tollgate.control.provider.WebhookSecrets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operator's secret from the settings, and those of organizations from their credentials.
public final class PostgresWebhookSecrets implements WebhookSecrets {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresWebhookSecrets.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final String TYPE = "stripe";
    private static final String PART = "webhook_secret";

    /// More than an organization may have at a time: each is compared with each request.
    private static final int SECRETS_MAX = 10;

    private final Jdbi jdbi;
    private final Optional<SecretBox> box;
    private final Optional<String> platform;

    /// @param box absent if the operator has set no encryption key: then no organization has credentials
    /// @param platform the operator's own secret
    public PostgresWebhookSecrets(Jdbi jdbi, Optional<SecretBox> box, Optional<String> platform) {
        this.jdbi = jdbi;
        this.box = box;
        this.platform = platform;
    }

    /// A credential as it is stored.
    @SuppressWarnings("ArrayRecordComponent") // Carries bytes from the table, and is never compared.
    private record Sealed(String name, byte[] ciphertext) {}

    @Override
    public Lookup of(EventSource source) {
        List<String> secrets;
        if (source.organizationId().isEmpty()) {
            secrets = platform.stream().toList();
        } else {
            OrganizationId organizationId = source.organizationId().get();
            if (!exists(organizationId)) {
                return new Lookup.NoOrganization();
            }
            secrets = sealed(organizationId).stream()
                    .flatMap(found -> open(organizationId, found).stream())
                    .toList();
        }
        return secrets.isEmpty() ? new Lookup.NotConfigured() : new Lookup.Found(secrets);
    }

    private boolean exists(OrganizationId organizationId) {
        return jdbi.withHandle(
                handle -> handle.createQuery("SELECT 1 FROM organizations WHERE id = :id AND deleted_at IS NULL")
                        .bind("id", organizationId.value())
                        .mapTo(int.class)
                        .findOne()
                        .isPresent());
    }

    private List<Sealed> sealed(OrganizationId organizationId) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT key_name, ciphertext FROM integration_credentials
                        WHERE organization_id = :organizationId AND key_type = :type AND deleted_at IS NULL
                        ORDER BY updated_at DESC, id LIMIT :max
                        """)
                .bind("organizationId", organizationId.value())
                .bind("type", TYPE)
                .bind("max", SECRETS_MAX)
                .map((row, context) -> new Sealed(row.getString("key_name"), row.getBytes("ciphertext")))
                .list());
    }

    // One that cannot be opened does not keep the others from being tried.
    private Optional<String> open(OrganizationId organizationId, Sealed found) {
        if (box.isEmpty()) {
            return Optional.empty();
        }
        try {
            String parts =
                    box.get().open(found.ciphertext(), SecretPlace.credential(organizationId, TYPE, found.name()));
            return Stream.of(JSON.readTree(parts).path(PART).asText(""))
                    .filter(secret -> !secret.isBlank())
                    .findFirst();
        } catch (CannotOpenException e) {
            LOG.warn("A Stripe credential of {} cannot be opened: {}", organizationId, e.getMessage());
            return Optional.empty();
        } catch (JsonProcessingException e) {
            // Not in full: the message would quote the secret.
            LOG.warn("A Stripe credential of {} is no JSON", organizationId);
            return Optional.empty();
        }
    }
}
