package io.tollgate.server.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.secret.CannotOpenException;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.secret.SecretPlace;
import io.tollgate.ingest.proxy.WebhookSecrets;
import io.tollgate.quota.definition.Definitions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Webhook secrets out of the definitions. Opened ones are kept for a minute: opening costs more than a call does.
final class OpenedSecrets implements WebhookSecrets {
    private static final Logger LOG = LoggerFactory.getLogger(OpenedSecrets.class);
    private static final String TYPE = "webhook_secret";
    private static final int KEPT_MAX = 10_000;
    private static final Duration KEPT = Duration.ofMinutes(1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Definitions definitions;
    private final Optional<SecretBox> box;
    private final Cache<ByteBuffer, Optional<Secrets>> opened =
            Caffeine.newBuilder().maximumSize(KEPT_MAX).expireAfterWrite(KEPT).build();

    OpenedSecrets(Definitions definitions, Optional<SecretBox> box) {
        this.definitions = definitions;
        this.box = box;
    }

    @Override
    public Optional<Secrets> of(OrganizationId organizationId) {
        Map<String, byte[]> sealed = definitions.credentials(organizationId, TYPE);
        if (sealed.isEmpty() || box.isEmpty()) {
            return Optional.empty();
        }
        Map.Entry<String, byte[]> first = sealed.entrySet().iterator().next();
        return opened.get(ByteBuffer.wrap(first.getValue()), bytes -> open(organizationId, first));
    }

    private Optional<Secrets> open(OrganizationId organizationId, Map.Entry<String, byte[]> credential) {
        try {
            JsonNode secrets = JSON.readTree(box.orElseThrow()
                    .open(credential.getValue(), SecretPlace.credential(organizationId, TYPE, credential.getKey())));
            return Optional.of(new Secrets(
                    secrets.required("primary").textValue(),
                    Optional.ofNullable(secrets.path("secondary").textValue()).filter(text -> !text.isEmpty())));
        } catch (JsonProcessingException | IllegalArgumentException | CannotOpenException e) {
            LOG.warn("a webhook secret of {} cannot be read", organizationId);
            return Optional.empty();
        }
    }
}
