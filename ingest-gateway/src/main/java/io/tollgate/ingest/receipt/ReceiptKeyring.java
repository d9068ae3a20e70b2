package io.tollgate.ingest.receipt;

import java.util.List;

/// The keys of an installation.
///
/// @param current signs new receipts
/// @param published what receipts may be checked with, the current one first: a key stays for as long as somebody may
/// hold a receipt that it signed
public record ReceiptKeyring(ReceiptKey current, List<ReceiptPublicKey> published) {
    public ReceiptKeyring {
        published = List.copyOf(published);
        if (!published.contains(current.publicKey())) {
            throw new IllegalArgumentException("the current key is published too");
        }
    }
}
