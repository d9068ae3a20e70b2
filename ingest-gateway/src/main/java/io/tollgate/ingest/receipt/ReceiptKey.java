package io.tollgate.ingest.receipt;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;

/// The Ed25519 key that signs receipts. Thread-safe.
public final class ReceiptKey {
    private final PrivateKey privateKey;
    private final ReceiptPublicKey publicKey;

    private ReceiptKey(PrivateKey privateKey, ReceiptPublicKey publicKey) {
        this.privateKey = privateKey;
        this.publicKey = publicKey;
    }

    /// A new key.
    public static ReceiptKey random() {
        return pair(new SecureRandom());
    }

    /// Reads a key in PKCS#8, in base64: what `openssl genpkey -algorithm ed25519` writes between its first and last
    /// line.
    ///
    /// @throws IllegalArgumentException if it is none
    public static ReceiptKey fromText(String text) {
        try {
            PrivateKey key = KeyFactory.getInstance("Ed25519")
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(text)));
            byte[] seed = ((EdECPrivateKey) key)
                    .getBytes()
                    .orElseThrow(() -> new IllegalArgumentException("the key's bytes are not there"));
            return pair(new Fixed(seed));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("is not an Ed25519 private key in PKCS#8 and base64", e);
        }
    }

    private static ReceiptKey pair(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(NamedParameterSpec.ED25519, random);
            KeyPair pair = generator.generateKeyPair();
            return new ReceiptKey(pair.getPrivate(), ReceiptPublicKey.of(pair.getPublic()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has Ed25519", e);
        }
    }

    /// The form that [#fromText] reads. A secret.
    public String toText() {
        return Base64.getEncoder().encodeToString(privateKey.getEncoded());
    }

    public ReceiptPublicKey publicKey() {
        return publicKey;
    }

    byte[] sign(byte[] message) {
        try {
            Signature signer = Signature.getInstance("Ed25519");
            signer.initSign(privateKey);
            signer.update(message);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key that was read signs", e);
        }
    }

    @Override
    public String toString() {
        return "(secret of " + publicKey.id() + ")";
    }

    /// The platform computes the public key of a seed only when it makes a pair, so it is given the seed for random.
    private static final class Fixed extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final byte[] seed;

        private Fixed(byte[] seed) {
            super(null, null);
            this.seed = seed;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            if (bytes.length != seed.length) {
                throw new IllegalStateException("the platform asks for " + bytes.length + " bytes of a key");
            }
            System.arraycopy(Arrays.copyOf(seed, seed.length), 0, bytes, 0, bytes.length);
        }
    }
}
