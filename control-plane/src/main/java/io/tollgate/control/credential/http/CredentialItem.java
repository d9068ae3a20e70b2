package io.tollgate.control.credential.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.control.credential.Credential;
import io.tollgate.control.credential.CredentialType;
import io.tollgate.http.JsonBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// One credential of a batch: a name, a type, and a single value.
record CredentialItem(String name, String type, String value, String description) {
    /// @throws io.tollgate.contract.problem.Problem if an item lacks one of its four members
    static List<CredentialItem> of(JsonBody body, JsonNode items) {
        List<CredentialItem> read = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            if (!(items.get(i) instanceof ObjectNode item)) {
                throw body.invalid("keys[" + i + "]", "invalid_type", "must be an object");
            }
            JsonBody members = body.within(item);
            read.add(new CredentialItem(
                    members.required("key_name", text -> text),
                    members.required("key_type", text -> text),
                    members.required("key_value", text -> text),
                    members.required("description", text -> text)));
        }
        return read;
    }

    /// @throws IllegalArgumentException saying, without quoting it, what is wrong with the value
    Map<String, String> parts(CredentialType ofType) {
        if (value.isBlank() || value.length() > Credential.PART_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "key_value must have 1 to " + Credential.PART_LENGTH_MAX + " characters");
        }
        if (description.length() > Credential.PART_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "description must have at most " + Credential.PART_LENGTH_MAX + " characters");
        }
        Map<String, String> parts = new TreeMap<>(ofType.partsOf(name, value));
        // One value of several: only whether that one is right can be told.
        Optional<CredentialType.Fault> fault = ofType.fault(parts).filter(found -> parts.containsKey(found.part()));
        if (fault.isPresent()) {
            throw new IllegalArgumentException("key_value " + fault.get().message());
        }
        parts.put("description", description);
        return parts;
    }

    @Override
    public String toString() {
        return "CredentialItem[" + type + "/" + name + "]";
    }
}
