package io.tollgate.ingest.receipt;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/// An Ed25519 key that receipts are checked with.
///
/// @param x the 32 bytes of the key in base64url without padding, as the member `x` of a JSON Web Key (RFC 8037) has it
public record ReceiptPublicKey(String x) {
    private static final int KEY_BYTES = 32;

    /// What stands before the 32 bytes in a SubjectPublicKeyInfo (RFC 8410).
    private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    /// @throws IllegalArgumentException if it is not a key of this kind
    public ReceiptPublicKey {
        if (Base64.getUrlDecoder().decode(x).length != KEY_BYTES) {
            throw new IllegalArgumentException("an Ed25519 public key has 32 bytes");
        }
    }

    static ReceiptPublicKey of(PublicKey key) {
        byte[] encoded = key.getEncoded();
        return new ReceiptPublicKey(Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Arrays.copyOfRange(encoded, X509_PREFIX.length, encoded.length)));
    }

    /// The thumbprint of the key (RFC 7638): SHA-256 over its required members in lexicographic order.
    public String id() {
        String canonical = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" + x + "\"}";
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// The key as a JSON Web Key (RFC 7517, RFC 8037).
    public Map<String, String> toJwk() {
        Map<String, String> jwk = new LinkedHashMap<>();
        jwk.put("kty", "OKP");
        jwk.put("crv", "Ed25519");
        jwk.put("x", x);
        jwk.put("kid", id());
        jwk.put("use", "sig");
        jwk.put("alg", "EdDSA");
        return jwk;
    }

    /// Whether `signature` is that of `message`.
    boolean verifies(byte[] message, byte[] signature) {
        byte[] raw = Base64.getUrlDecoder().decode(x);
        byte[] encoded = Arrays.copyOf(X509_PREFIX, X509_PREFIX.length + raw.length);
        System.arraycopy(raw, 0, encoded, X509_PREFIX.length, raw.length);
        try {
            PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            // No point of the curve, or no signature at all: whatever it is, it proves nothing.
            return false;
        }
    }
}
