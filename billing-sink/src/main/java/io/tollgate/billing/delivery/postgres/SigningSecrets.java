package io.tollgate.billing.delivery.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.billing.delivery.Signing;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.secret.CannotOpenException;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.secret.SecretPlace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Opens the secrets that deliveries are signed with.
///
/// @param box absent where no encryption key is set
record SigningSecrets(Optional<SecretBox> box) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> CREDENTIAL_PARTS = List.of("primary", "secondary");

    Signing ofEndpoint(OrganizationId organizationId, String endpointId, byte[] secret, byte @Nullable [] previous) {
        if (box.isEmpty()) {
            return noKey();
        }
        String place = SecretPlace.webhookEndpoint(organizationId, endpointId);
        try {
            List<String> secrets = new ArrayList<>();
            secrets.add(box.get().open(secret, place));
            if (previous != null) {
                secrets.add(box.get().open(previous, place));
            }
            return new Signing.With(secrets);
        } catch (CannotOpenException e) {
            return unreadable(e);
        }
    }

    Signing ofCredential(OrganizationId organizationId, String type, @Nullable String name, byte @Nullable [] sealed) {
        if (sealed == null || name == null) {
            return new Signing.With(List.of());
        }
        if (box.isEmpty()) {
            return noKey();
        }
        try {
            JsonNode parts = JSON.readTree(box.get().open(sealed, SecretPlace.credential(organizationId, type, name)));
            return new Signing.With(CREDENTIAL_PARTS.stream()
                    .map(part -> parts.path(part).asText(""))
                    .filter(secret -> !secret.isEmpty())
                    .toList());
        } catch (CannotOpenException e) {
            return unreadable(e);
        } catch (JsonProcessingException e) {
            return new Signing.Unreadable("the webhook_secret credential is not a JSON object");
        }
    }

    private static Signing unreadable(CannotOpenException e) {
        return new Signing.Unreadable("the signing secret cannot be read: " + e.getMessage());
    }

    private static Signing noKey() {
        return new Signing.Unreadable("the signing secret cannot be read: ENCRYPTION_KEY is not set");
    }
}
