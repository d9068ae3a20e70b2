package io.tollgate.server.embedded;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Properties;

/// Where the instance of a data folder is reached, written down there for commands. What a killed instance wrote stays:
/// whoever reads it may find nobody there.
///
/// @param url of the API
/// @param kafka bootstrap servers
/// @param registry address of the schema registry
/// @param database address of PostgreSQL with user and password, where the instance has one of its own
public record RunningInstance(String url, String kafka, String registry, Optional<String> database) {
    private static final String FILE = "running.properties";

    /// What the instance of `dataFolder` wrote; empty if there is none.
    public static Optional<RunningInstance> read(Path dataFolder) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(Files.readString(dataFolder.resolve(FILE), StandardCharsets.UTF_8)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            throw new UncheckedIOException(new IOException(dataFolder.resolve(FILE) + " cannot be read", e));
        }
        return Optional.of(new RunningInstance(
                properties.getProperty("url", ""),
                properties.getProperty("kafka", ""),
                properties.getProperty("registry", ""),
                Optional.ofNullable(properties.getProperty("database"))));
    }

    /// Writes it for others of the same user: addresses may hold passwords.
    public void write(Path dataFolder) {
        Properties properties = new Properties();
        properties.setProperty("url", url);
        properties.setProperty("kafka", kafka);
        properties.setProperty("registry", registry);
        database.ifPresent(address -> properties.setProperty("database", address));
        StringWriter text = new StringWriter();
        try {
            properties.store(text, null);
            Path draft = dataFolder.resolve(FILE + ".new");
            Files.deleteIfExists(draft);
            Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(draft, text.toString(), StandardCharsets.UTF_8);
            Files.move(draft, dataFolder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Removes what was written.
    public static void forget(Path dataFolder) {
        try {
            Files.deleteIfExists(dataFolder.resolve(FILE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
