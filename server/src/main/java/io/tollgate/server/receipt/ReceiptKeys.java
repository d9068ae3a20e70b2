package io.tollgate.server.receipt;

import io.tollgate.ingest.receipt.ReceiptKey;
import io.tollgate.ingest.receipt.ReceiptKeyring;
import io.tollgate.ingest.receipt.ReceiptPublicKey;
import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.embedded.Secrets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The keys of receipts over the starts of an installation: a configured key, else one made here; and every key that
/// ever was either, so that old receipts can be checked.
public final class ReceiptKeys {
    private ReceiptKeys() {}

    /// @param configured `TOLLGATE_RECEIPT_KEY`
    /// @throws CannotStartException if that is no key
    public static ReceiptKeyring open(Secrets secrets, Optional<String> configured) {
        ReceiptKey current = configured.map(ReceiptKeys::configured).orElseGet(() -> kept(secrets));
        List<ReceiptPublicKey> keys = new ArrayList<>();
        keys.add(current.publicKey());
        Optional<String> before = secrets.receiptKeys();
        before.map(ReceiptKeys::published).orElse(List.of()).stream()
                .filter(key -> !key.equals(current.publicKey()))
                .forEach(keys::add);
        String now = KeySet.write(keys);
        if (before.isEmpty() || !before.get().equals(now)) {
            secrets.keepReceiptKeys(now);
        }
        return new ReceiptKeyring(current, keys);
    }

    private static ReceiptKey configured(String text) {
        try {
            return ReceiptKey.fromText(text);
        } catch (IllegalArgumentException e) {
            throw new CannotStartException(
                    "TOLLGATE_RECEIPT_KEY must be an Ed25519 private key in PKCS#8 and base64, as `openssl genpkey"
                            + " -algorithm ed25519 -outform DER | base64 -w0` writes it.",
                    e);
        }
    }

    private static ReceiptKey kept(Secrets secrets) {
        String text = secrets.receiptKey(() -> ReceiptKey.random().toText()).value();
        try {
            return ReceiptKey.fromText(text);
        } catch (IllegalArgumentException e) {
            throw new CannotStartException(
                    "The file receipt-key in the data folder's secrets does not hold the key that was kept there:"
                            + " restore it, or remove it to have a new key made.",
                    e);
        }
    }

    private static List<ReceiptPublicKey> published(String text) {
        try {
            return KeySet.read(text);
        } catch (IllegalArgumentException e) {
            throw new CannotStartException(
                    "The file receipt-keys.json in the data folder's secrets " + e.getMessage() + ": restore it.", e);
        }
    }
}
