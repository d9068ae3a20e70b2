package io.tollgate.contract.secret;

import com.google.crypto.tink.subtle.AesGcmJce;
import com.google.crypto.tink.subtle.Hkdf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Seals secrets with AES-256-GCM under a key derived from `ENCRYPTION_KEY` by HKDF-SHA-256. What is sealed says by a
/// short key id which key it needs, so that the setting can be changed while the old text is still given as a previous
/// one. The associated data ties a secret to its place: moved to another row it does not open.
///
/// A sealed secret is one byte of version, four bytes of key id, and what AES-GCM makes of the text (12 bytes of nonce,
/// the ciphertext, 16 bytes of tag). Immutable and thread-safe; shows nothing of its keys.
public final class SecretBox {
    /// Fixed by the published API: shorter texts are refused.
    public static final int KEY_TEXT_LENGTH_MIN = 16;

    /// One rotation at a time is usual; more than these are keys that nobody has rotated away from.
    public static final int PREVIOUS_MAX = 8;

    /// A credential with its parts is far below it; bounds what is held in memory and stored in a row.
    public static final int PLAIN_BYTES_MAX = 65_536;

    private static final byte VERSION = 1;
    private static final int KEY_ID_BYTES = 4;
    private static final int HEADER_BYTES = 1 + KEY_ID_BYTES;
    private static final int KEY_BYTES = 32;
    private static final String MAC = "HMACSHA256";
    private static final byte[] NO_SALT = new byte[0];
    private static final byte[] KEY_INFO =
            "tollgate secrets at rest, AES-256-GCM, 1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ID_INFO = "tollgate secrets at rest, key id, 1".getBytes(StandardCharsets.US_ASCII);

    /// The first seals; all open.
    private final List<Key> keys;

    private record Key(int id, AesGcmJce aead) {
        static Key of(String text) {
            if (text.length() < KEY_TEXT_LENGTH_MIN) {
                throw new IllegalArgumentException(
                        "an encryption key must have at least " + KEY_TEXT_LENGTH_MIN + " characters");
            }
            byte[] material = text.getBytes(StandardCharsets.UTF_8);
            try {
                byte[] id = Hkdf.computeHkdf(MAC, material, NO_SALT, ID_INFO, KEY_ID_BYTES);
                byte[] key = Hkdf.computeHkdf(MAC, material, NO_SALT, KEY_INFO, KEY_BYTES);
                return new Key(ByteBuffer.wrap(id).getInt(), new AesGcmJce(key));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this Java has no AES-GCM or no HMAC-SHA-256", e);
            }
        }
    }

    /// @param current the text that everything is sealed under from now on
    /// @param previous texts that were in use before: they only open
    public SecretBox(String current, List<String> previous) {
        if (previous.size() > PREVIOUS_MAX) {
            throw new IllegalArgumentException("at most " + PREVIOUS_MAX + " previous encryption keys are used");
        }
        List<Key> derived = new ArrayList<>();
        derived.add(Key.of(current));
        previous.forEach(text -> derived.add(Key.of(text)));
        this.keys = List.copyOf(derived);
    }

    /// Seals `plain`; the same text gives other bytes each time.
    ///
    /// @param associatedData where the secret belongs; the same is needed to open it
    public byte[] seal(String plain, String associatedData) {
        byte[] text = plain.getBytes(StandardCharsets.UTF_8);
        if (text.length > PLAIN_BYTES_MAX) {
            throw new IllegalArgumentException("a secret may have at most " + PLAIN_BYTES_MAX + " bytes");
        }
        Key key = keys.getFirst();
        try {
            byte[] sealed = key.aead().encrypt(text, associatedData.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.allocate(HEADER_BYTES + sealed.length)
                    .put(VERSION)
                    .putInt(key.id())
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a secret could not be sealed", e);
        }
    }

    /// The text that was sealed with this `associatedData`. Throws [CannotOpenException] with the reason otherwise.
    public String open(byte[] sealed, String associatedData) {
        Key key = key(sealed)
                .orElseThrow(
                        () -> new CannotOpenException("the secret was sealed under an encryption key that is neither"
                                + " ENCRYPTION_KEY nor one of ENCRYPTION_KEY_PREVIOUS"));
        byte[] body = new byte[sealed.length - HEADER_BYTES];
        System.arraycopy(sealed, HEADER_BYTES, body, 0, body.length);
        try {
            return new String(
                    key.aead().decrypt(body, associatedData.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
        } catch (GeneralSecurityException e) {
            throw new CannotOpenException("the secret is damaged or belongs to something else", e);
        }
    }

    /// Whether `sealed` was sealed under another key than the current one, so that sealing it anew lets that key go.
    public boolean needsRotation(byte[] sealed) {
        return key(sealed).map(key -> key.id() != keys.getFirst().id()).orElse(true);
    }

    @Override
    public String toString() {
        return "SecretBox";
    }

    private Optional<Key> key(byte[] sealed) {
        if (sealed.length <= HEADER_BYTES || sealed[0] != VERSION) {
            throw new CannotOpenException("what is stored is no sealed secret");
        }
        int id = ByteBuffer.wrap(sealed, 1, KEY_ID_BYTES).getInt();
        return keys.stream().filter(key -> key.id() == id).findFirst();
    }
}
