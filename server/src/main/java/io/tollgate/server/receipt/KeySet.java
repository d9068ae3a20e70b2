package io.tollgate.server.receipt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.tollgate.ingest.receipt.ReceiptPublicKey;
import java.util.ArrayList;
import java.util.List;

/// Public keys as a JSON Web Key set (RFC 7517).
public final class KeySet {
    private static final ObjectMapper JSON = new ObjectMapper();

    private KeySet() {}

    /// The Ed25519 keys of the set; others are none of ours.
    ///
    /// @throws IllegalArgumentException if it is no key set
    public static List<ReceiptPublicKey> read(String text) {
        JsonNode set;
        try {
            set = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("is not JSON", e);
        }
        if (!set.path("keys").isArray()) {
            throw new IllegalArgumentException("has no member keys");
        }
        List<ReceiptPublicKey> keys = new ArrayList<>();
        for (JsonNode key : set.path("keys")) {
            if (key.path("kty").asText().equals("OKP")
                    && key.path("crv").asText().equals("Ed25519")) {
                keys.add(new ReceiptPublicKey(key.path("x").asText()));
            }
        }
        return keys;
    }

    public static String write(List<ReceiptPublicKey> keys) {
        var set = JSON.createObjectNode();
        ArrayNode array = set.putArray("keys");
        for (ReceiptPublicKey key : keys) {
            array.add(JSON.valueToTree(key.toJwk()));
        }
        return set + "\n";
    }
}
