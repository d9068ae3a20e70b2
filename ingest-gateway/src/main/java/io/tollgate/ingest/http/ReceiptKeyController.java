package io.tollgate.ingest.http;

import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.tollgate.ingest.receipt.ReceiptKeyring;
import io.tollgate.ingest.receipt.ReceiptPublicKey;
import java.util.List;
import java.util.Map;

/// `GET /.well-known/tollgate-receipt-keys.json`: the keys that receipts are checked with, current and past, as a JSON
/// Web Key set. Open to everybody.
@Controller
final class ReceiptKeyController {
    private final ReceiptKeyring keyring;

    ReceiptKeyController(ReceiptKeyring keyring) {
        this.keyring = keyring;
    }

    @Get("/.well-known/tollgate-receipt-keys.json")
    Map<String, List<Map<String, String>>> keys() {
        return Map.of(
                "keys",
                keyring.published().stream().map(ReceiptPublicKey::toJwk).toList());
    }
}
