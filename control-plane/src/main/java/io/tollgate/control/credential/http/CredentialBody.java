package io.tollgate.control.credential.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.credential.Credential;
import io.tollgate.control.credential.CredentialType;
import io.tollgate.http.JsonBody;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// The parts of a credential as requests write them. What is wrong is told without quoting what was sent.
final class CredentialBody {
    /// Says whose credential it is; no part of it.
    private static final Set<String> NO_PARTS = Set.of("business_id");

    private CredentialBody() {}

    /// @throws io.tollgate.contract.problem.Problem if they are not what `type` must hold
    static Map<String, String> parts(JsonBody body, CredentialType type) {
        ObjectNode sent = body.optionalObject("credentials")
                .orElseThrow(() -> body.invalid("credentials", "missing", "is required"));
        Map<String, String> parts = new TreeMap<>();
        for (Map.Entry<String, JsonNode> member : sent.properties()) {
            JsonNode value = member.getValue();
            if (value.isNull() || NO_PARTS.contains(member.getKey())) {
                continue;
            }
            if (!value.isTextual()) {
                throw body.invalid("credentials", "invalid_type", "must be an object of strings");
            }
            if (member.getKey().length() > Credential.PART_NAME_LENGTH_MAX
                    || value.textValue().length() > Credential.PART_LENGTH_MAX) {
                throw body.invalid(
                        "credentials",
                        "invalid_value",
                        "must have names of at most " + Credential.PART_NAME_LENGTH_MAX
                                + " characters and values of at most " + Credential.PART_LENGTH_MAX);
            }
            parts.put(member.getKey(), value.textValue());
        }
        int bytes = sent.toString().getBytes(StandardCharsets.UTF_8).length;
        if (parts.size() > Credential.PARTS_MAX || bytes > SecretBox.PLAIN_BYTES_MAX) {
            throw body.invalid(
                    "credentials",
                    "invalid_value",
                    "must have at most " + Credential.PARTS_MAX + " members and " + SecretBox.PLAIN_BYTES_MAX
                            + " bytes");
        }
        Optional<CredentialType.Fault> fault = type.fault(parts);
        if (fault.isPresent()) {
            throw body.invalid(
                    "credentials." + fault.get().part(),
                    "invalid_value",
                    fault.get().message());
        }
        return parts;
    }
}
