package io.tollgate.server.embedded;

import io.tollgate.server.config.CannotStartException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/// PostgreSQL's own programs (initdb, pg_ctl, postgres), unpacked once from the archive on the class path into the
/// data folder. Not into a temporary folder: those are swept while a server runs.
final class PostgresPrograms {
    /// A guard against an archive that is not PostgreSQL: the real one unpacks to about 50 MB.
    private static final long UNPACKED_BYTES_MAX = 512L << 20;

    private PostgresPrograms() {}

    /// The folder that holds `bin`, unpacked if it is not there yet; `dataFolder` takes it as a subfolder.
    static Path unpacked(Path dataFolder) {
        var archive = archiveName();
        var url = PostgresPrograms.class.getResource("/" + archive);
        if (url == null) {
            throw new CannotStartException("There is no embedded PostgreSQL for this system (" + archive
                    + "): run a PostgreSQL 14 or newer and name it with DATABASE_URL.");
        }
        try {
            var target = dataFolder.resolve("postgres-programs-" + fingerprint(url));
            if (Files.isExecutable(target.resolve("bin/postgres"))) {
                return target;
            }
            var draft = dataFolder.resolve(target.getFileName() + ".new");
            Folders.delete(draft);
            Folders.delete(target);
            try (var tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(url.openStream())))) {
                unpack(tar, draft);
            }
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
            return target;
        } catch (IOException e) {
            throw new CannotStartException(
                    "The embedded PostgreSQL cannot be unpacked into " + dataFolder + " (" + e.getMessage() + ").", e);
        }
    }

    private static String archiveName() {
        var os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        var system = os.contains("mac") ? "darwin" : os.contains("linux") ? "linux" : "other";
        var machine = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        var arch = switch (machine) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "arm_64";
            default -> machine;
        };
        return "postgres-" + system + "-" + arch + ".txz";
    }

    // The jar keeps a checksum of the archive, so a newer PostgreSQL is told from an older one without reading it.
    private static String fingerprint(URL url) throws IOException {
        var connection = url.openConnection();
        connection.setUseCaches(false);
        if (connection instanceof JarURLConnection jar) {
            try (var file = jar.getJarFile()) {
                return Long.toHexString(file.getEntry(jar.getEntryName()).getCrc());
            }
        }
        return Long.toHexString(connection.getContentLengthLong());
    }

    private static void unpack(TarArchiveInputStream tar, Path target) throws IOException {
        Files.createDirectories(target);
        var left = UNPACKED_BYTES_MAX;
        for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null; ) {
            var file = target.resolve(entry.getName()).normalize();
            if (!file.startsWith(target)) {
                throw new IOException("the archive reaches outside its folder: " + entry.getName());
            }
            left -= entry.getSize();
            if (left < 0) {
                throw new IOException("the archive is larger than any PostgreSQL");
            }
            if (entry.isDirectory()) {
                Files.createDirectories(file);
                continue;
            }
            var parent = file.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            if (entry.isSymbolicLink()) {
                link(target, file, entry.getLinkName());
            } else {
                copy(tar, file, (entry.getMode() & 0100) != 0);
            }
        }
    }

    private static void link(Path target, Path file, String to) throws IOException {
        if (!file.resolveSibling(to).normalize().startsWith(target)) {
            throw new IOException("the archive links outside its folder: " + to);
        }
        Files.createSymbolicLink(file, Path.of(to));
    }

    private static void copy(InputStream from, Path file, boolean executable) throws IOException {
        Files.copy(from, file);
        Files.setPosixFilePermissions(
                file,
                executable
                        ? PosixFilePermissions.fromString("rwxr-xr-x")
                        : PosixFilePermissions.fromString("rw-r--r--"));
    }
}
