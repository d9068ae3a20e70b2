package io.tollgate.server.embedded;

import io.tollgate.server.config.CannotStartException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Random secrets of this instance, one file each, mode 0600. Made once, on first use, and the same ever after.
public final class Secrets {
    /// 192 bits: beyond guessing, and still one line of a terminal as hexadecimal digits.
    private static final int RANDOM_BYTES = 24;

    /// Longer than any secret; a larger file is not one of ours.
    private static final int FILE_BYTES_MAX = 4_096;

    /// Name of the folder under the data folder.
    static final String FOLDER = "secrets";

    private final Path folder;

    Secrets(Path folder) {
        this.folder = folder;
    }

    /// A secret's value.
    ///
    /// @param made whether this call made it, so that it can be shown once
    public record Secret(String value, boolean made) {
        @Override
        public String toString() {
            return "(secret)";
        }
    }

    public Secret adminKey() {
        return obtain("admin-secret-key");
    }

    public Secret encryptionKey() {
        return obtain("encryption-key");
    }

    public Secret cronSecret() {
        return obtain("cron-secret");
    }

    /// The private key that signs receipts.
    ///
    /// @param made a new one
    public Secret receiptKey(Supplier<String> made) {
        return obtain("receipt-key", made);
    }

    /// What [#keepReceiptKeys] kept; empty if nothing was.
    public Optional<String> receiptKeys() {
        var file = receiptKeysFile(folder);
        try {
            return Optional.of(Files.readString(file, StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /// Keeps the public keys that receipts may be checked with, for commands and for later starts.
    public synchronized void keepReceiptKeys(String keySet) {
        write(receiptKeysFile(folder), keySet);
    }

    /// Where the public keys of receipts are under a data folder.
    public static Path receiptKeysFileIn(Path dataFolder) {
        return receiptKeysFile(dataFolder.resolve(FOLDER));
    }

    private static Path receiptKeysFile(Path secrets) {
        return secrets.resolve("receipt-keys.json");
    }

    Secret obtain(String name) {
        return obtain(name, Secrets::random);
    }

    synchronized Secret obtain(String name, Supplier<String> made) {
        var file = folder.resolve(name);
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new IOException("is larger than any secret");
            }
            var value = Files.readString(file, StandardCharsets.UTF_8).strip();
            if (value.isEmpty()) {
                throw new IOException("is empty");
            }
            return new Secret(value, false);
        } catch (NoSuchFileException e) {
            var value = made.get();
            write(file, value);
            return new Secret(value, true);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static CannotStartException unreadable(Path file, IOException cause) {
        return new CannotStartException(
                "The secret kept in " + file + " cannot be read (" + cause.getMessage() + "): restore that file.",
                cause);
    }

    private static String random() {
        var random = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    private void write(Path file, String value) {
        try {
            DataFolder.makePrivateFolder(folder);
            var draft = folder.resolve(file.getFileName() + ".new");
            Files.deleteIfExists(draft);
            try (var channel = FileChannel.open(
                    draft,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                var bytes = ByteBuffer.wrap((value + "\n").getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new CannotStartException("The secret " + file + " cannot be written (" + e + ").", e);
        }
    }
}
