package io.tollgate.server.receipt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.ingest.receipt.ReceiptKey;
import io.tollgate.ingest.receipt.ReceiptKeyring;
import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.embedded.DataFolder;
import io.tollgate.server.embedded.RunningInstance;
import io.tollgate.server.embedded.Secrets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptKeysIT {
    @TempDir
    Path temporary;

    @Test
    void theKeyIsMadeOnceAndKept() throws Exception {
        ReceiptKeyring first = open(Optional.empty());

        assertThat(open(Optional.empty()).current().publicKey())
                .isEqualTo(first.current().publicKey());
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(temporary.resolve("secrets/receipt-key"))))
                .isEqualTo("rw-------");
        assertThat(KeySet.read(Files.readString(Secrets.receiptKeysFileIn(temporary))))
                .isEqualTo(first.published());
        assertThat(Files.readString(Secrets.receiptKeysFileIn(temporary)))
                .doesNotContain(first.current().toText());
    }

    @Test
    void everyKeyThatWasInUseStaysPublished() {
        ReceiptKeyring made = open(Optional.empty());
        ReceiptKey own = ReceiptKey.random();
        ReceiptKeyring configured = open(Optional.of(own.toText()));

        assertThat(configured.current().publicKey()).isEqualTo(own.publicKey());
        assertThat(configured.published())
                .containsExactly(own.publicKey(), made.current().publicKey());
        assertThat(open(Optional.empty()).published())
                .containsExactly(made.current().publicKey(), own.publicKey());
    }

    @Test
    void whatIsNoKeyStopsTheStart() throws Exception {
        assertThatThrownBy(() -> open(Optional.of("c2VjcmV0")))
                .isInstanceOf(CannotStartException.class)
                .hasMessageStartingWith("TOLLGATE_RECEIPT_KEY must be")
                .hasMessageNotContaining("c2VjcmV0");
        open(Optional.empty());
        Files.writeString(temporary.resolve("secrets/receipt-key"), "c2VjcmV0");
        assertThatThrownBy(() -> open(Optional.empty())).hasMessageContaining("receipt-key");
    }

    @Test
    void aRunningInstanceIsFoundByItsFolder() throws Exception {
        RunningInstance instance = new RunningInstance(
                "http://localhost:8080",
                "127.0.0.1:9092",
                "http://u:p@r:1",
                Optional.of("jdbc:postgresql://h:1/d?user=u"));
        assertThat(RunningInstance.read(temporary)).isEmpty();
        instance.write(temporary);
        instance.write(temporary);
        assertThat(RunningInstance.read(temporary)).hasValue(instance);
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(temporary.resolve("running.properties"))))
                .isEqualTo("rw-------");
        RunningInstance.forget(temporary);
        assertThat(RunningInstance.read(temporary)).isEmpty();
    }

    private ReceiptKeyring open(Optional<String> configured) {
        try (DataFolder folder = DataFolder.open(temporary)) {
            return ReceiptKeys.open(folder.secrets(), configured);
        }
    }
}
