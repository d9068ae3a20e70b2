package io.tollgate.server.embedded;

import com.sun.security.auth.module.UnixSystem;
import io.tollgate.server.config.CannotStartException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The folder that one instance owns, locked for as long as this is open. The lock is the kernel's, so it ends with
/// the process however that dies; a second instance on the same folder is told which process holds it.
public final class DataFolder implements AutoCloseable {
    /// Below this the start is refused, for a broker or database that runs out of room in mid-work is worse. A fresh
    /// PostgreSQL with its programs takes about 130 MB and Kafka preallocates index files of 10 MB.
    static final long FREE_BYTES_MIN = 512L << 20;

    private static final int PROBE_BYTES = 64 * 1024;

    /// A process id has at most 7 digits; anything longer in the lock file is not ours.
    private static final int LOCK_BYTES_MAX = 32;

    // POSIX gives a process all its locks on a file back when it closes any descriptor of it, so a second attempt
    // within one process must not even open the file: it would unlock the first.
    private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel lock;
    private final Secrets secrets;

    private DataFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
        this.secrets = new Secrets(path.resolve(Secrets.FOLDER));
    }

    /// Makes the folder if absent, locks it and checks that it can be written durably and has room. Throws
    /// [CannotStartException] otherwise.
    public static DataFolder open(Path path) {
        return open(path, FREE_BYTES_MIN);
    }

    static DataFolder open(Path path, long freeBytesMin) {
        try {
            makePrivateFolder(path);
            var real = path.toRealPath();
            if (!OPEN_HERE.add(real)) {
                throw inUse(real, String.valueOf(ProcessHandle.current().pid()));
            }
            try {
                return new DataFolder(real, locked(real, freeBytesMin));
            } catch (IOException | RuntimeException e) {
                OPEN_HERE.remove(real);
                throw e;
            }
        } catch (IOException e) {
            throw unusable(path, e);
        }
    }

    /// The real path, absolute and without symbolic links.
    public Path path() {
        return path;
    }

    public Path kafka() {
        return path.resolve("kafka");
    }

    public Path postgres() {
        return path.resolve("postgres");
    }

    public Path schemaRegistry() {
        return path.resolve("schema-registry");
    }

    /// Where Kafka Streams keeps the state it can rebuild from the log.
    public Path streams() {
        return path.resolve("streams");
    }

    /// Keys and passwords made here and kept here.
    public Secrets secrets() {
        return secrets;
    }

    /// Unlocks. What still writes here must be closed before.
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new IllegalStateException("cannot unlock " + path, e);
        } finally {
            OPEN_HERE.remove(path);
        }
    }

    static void makePrivateFolder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        var parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw new NotDirectoryException(folder.toString());
            }
        }
    }

    private static FileChannel locked(Path folder, long freeBytesMin) throws IOException {
        // Room is looked at first: on a full disk even the lock file could not be written.
        var free = Files.getFileStore(folder).getUsableSpace();
        if (free < freeBytesMin && Files.isWritable(folder)) {
            throw new CannotStartException(String.format(
                    Locale.ROOT,
                    "The disk of the data folder %s has %d MB free and at least %d MB are needed: free some space, or put the"
                            + " folder elsewhere with TOLLGATE_DATA.",
                    folder,
                    free >> 20,
                    freeBytesMin >> 20));
        }
        var channel = FileChannel.open(
                folder.resolve("tollgate.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                throw inUse(folder, holder(channel));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
            probe(folder.resolve("write-probe"));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void probe(Path file) throws IOException {
        try (var channel = FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.DELETE_ON_CLOSE)) {
            var zeros = ByteBuffer.allocate(PROBE_BYTES);
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            channel.force(true);
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        var content = ByteBuffer.allocate(LOCK_BYTES_MAX);
        channel.read(content, 0);
        return new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII).strip();
    }

    private static CannotStartException inUse(Path folder, String pid) {
        return new CannotStartException("The data folder " + folder + " is in use by the Tollgate of process "
                + (pid.isEmpty() ? "(unknown)" : pid)
                + ": stop that one first, or give this one a folder of its own with TOLLGATE_DATA.");
    }

    private static String userName() {
        var name = System.getProperty("user.name", "?");
        // So the JVM calls a user that the system has no name for.
        return name.equals("?") ? "number " + new UnixSystem().getUid() : name;
    }

    private static CannotStartException unusable(Path folder, IOException cause) {
        var elsewhere = " or put the data folder elsewhere with TOLLGATE_DATA.";
        var text = String.valueOf(cause instanceof FileSystemException f ? f.getReason() : cause.getMessage());
        String sentence;
        if (cause instanceof NotDirectoryException || cause instanceof FileAlreadyExistsException) {
            sentence = "The data folder " + folder + " cannot be made because a file is in the way: remove it,";
        } else if (cause instanceof AccessDeniedException) {
            sentence = "The data folder " + folder + " cannot be written by user " + userName()
                    + ": give that user the folder,";
        } else if (text.contains("Read-only file system")) {
            sentence = "The data folder " + folder + " is on a read-only file system: make it writable,";
        } else if (text.contains("No space left") || text.contains("quota")) {
            sentence = "The disk of the data folder " + folder + " is full: free some space,";
        } else {
            sentence = "The data folder " + folder + " cannot be used (" + cause + "): correct that,";
        }
        return new CannotStartException(sentence + elsewhere, cause);
    }
}
