package io.tollgate.server.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.server.config.CannotStartException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderIT {
    @TempDir
    Path temporary;

    @Test
    void folderAndSecretsAreMadeForTheOwnerOnlyAndSecretsLast() throws Exception {
        var path = temporary.resolve("a/b/data");
        String key;
        try (var folder = DataFolder.open(path)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rwx------");
            var made = folder.secrets().adminKey();
            assertThat(made.made()).isTrue();
            assertThat(made.value()).hasSize(48);
            assertThat(made.toString()).doesNotContain(made.value());
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(path.resolve("secrets/admin-secret-key"))))
                    .isEqualTo("rw-------");
            key = made.value();
            assertThat(folder.secrets().cronSecret().value()).isNotEqualTo(key);
        }
        try (var folder = DataFolder.open(path)) {
            assertThat(folder.secrets().adminKey()).isEqualTo(new Secrets.Secret(key, false));
        }
    }

    @Test
    void emptySecretStopsTheStartInsteadOfBeingReplaced() throws Exception {
        try (var folder = DataFolder.open(temporary)) {
            Files.createDirectories(temporary.resolve("secrets"));
            Files.writeString(temporary.resolve("secrets/encryption-key"), "");

            assertThatThrownBy(() -> folder.secrets().encryptionKey())
                    .isInstanceOf(CannotStartException.class)
                    .hasMessageContaining("encryption-key");
        }
    }

    @Test
    void secondOpeningInThisProcessIsRefusedAndDoesNotUnlockTheFirst() throws Exception {
        try (var first = DataFolder.open(temporary)) {
            assertThatThrownBy(() -> DataFolder.open(first.path()))
                    .isInstanceOf(CannotStartException.class)
                    .hasMessageContaining("process " + ProcessHandle.current().pid());
            try (var child = ChildServer.start(temporary)) {
                assertThat(child.refusal())
                        .contains("in use by the Tollgate of process "
                                + ProcessHandle.current().pid());
            }
        }
        DataFolder.open(temporary).close();
    }

    @Test
    void folderOfAnotherProcessIsRefusedByItsPidAndFreeAfterItsDeath() throws Exception {
        try (var child = ChildServer.start(temporary)) {
            assertThatThrownBy(() -> DataFolder.open(temporary))
                    .isInstanceOf(CannotStartException.class)
                    .hasMessageContaining("in use by the Tollgate of process " + child.pid());
            child.kill();
            DataFolder.open(temporary).close();
        }
    }

    @Test
    void diskWithLittleRoomIsRefusedWithTheNumbers() {
        assertThatThrownBy(() -> DataFolder.open(temporary, Long.MAX_VALUE))
                .isInstanceOf(CannotStartException.class)
                .hasMessageMatching(
                        "The disk of the data folder .* has \\d+ MB free and at least \\d+ MB are needed: .*");
    }

    @Test
    void fileInTheWayIsNamed() throws Exception {
        var file = Files.createFile(temporary.resolve("data"));

        for (var path : new Path[] {file, file.resolve("below")}) {
            assertThatThrownBy(() -> DataFolder.open(path))
                    .isInstanceOf(CannotStartException.class)
                    .hasMessageContaining("a file is in the way");
        }
    }
}
