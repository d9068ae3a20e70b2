package io.tollgate.server.registry.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tollgate.server.registry.Compatibility;
import io.tollgate.server.registry.FactLog;
import io.tollgate.server.registry.RegistryFact;
import io.tollgate.server.registry.RegistryFact.CompatibilityCleared;
import io.tollgate.server.registry.RegistryFact.CompatibilitySet;
import io.tollgate.server.registry.RegistryFact.VersionRegistered;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One JSON object per line. A last line without its end was cut off by a crash before it was answered to anybody,
/// and is removed when the file is opened; anything else that cannot be read stops the start.
public final class FactFile implements FactLog, AutoCloseable {
    /// The store holds a few tens of megabytes of schemas at most; a larger file is damaged.
    private static final long FILE_BYTES_MAX = 512L << 20;

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final FileChannel channel;
    private final List<RegistryFact> found;
    private boolean broken;

    private FactFile(FileChannel channel, List<RegistryFact> found) {
        this.channel = channel;
        this.found = found;
    }

    /// Opens or makes the file. Throws IOException with the line's number if one cannot be read.
    public static FactFile open(Path file) throws IOException {
        var channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (channel.size() > FILE_BYTES_MAX) {
                throw new IOException(file + " is larger than any registry");
            }
            var bytes = ByteBuffer.allocate((int) channel.size());
            while (bytes.hasRemaining()) {
                if (channel.read(bytes) < 0) {
                    throw new IOException("it shrinks while it is read");
                }
            }
            var text = new String(bytes.array(), StandardCharsets.UTF_8);
            var whole = text.substring(0, text.lastIndexOf('\n') + 1);
            channel.truncate(whole.getBytes(StandardCharsets.UTF_8).length);
            channel.position(channel.size());
            return new FactFile(channel, facts(whole));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// What the file held when it was opened.
    public List<RegistryFact> found() {
        return found;
    }

    @Override
    public void append(RegistryFact fact) {
        if (broken) {
            throw new IllegalStateException("an earlier write to the registry's file failed");
        }
        broken = true;
        try {
            var line = ByteBuffer.wrap((JSON.writeValueAsString(toJson(fact)) + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(true);
        } catch (IOException e) {
            throw new UncheckedIOException("the registry's file cannot be written", e);
        }
        broken = false;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static List<RegistryFact> facts(String text) throws IOException {
        List<RegistryFact> facts = new ArrayList<>();
        for (var line : text.lines().toList()) {
            try {
                facts.add(fromJson(JSON.readTree(line)));
            } catch (JsonProcessingException | IllegalArgumentException e) {
                throw new IOException("line " + (facts.size() + 1) + " cannot be read", e);
            }
        }
        return List.copyOf(facts);
    }

    private static JsonNode toJson(RegistryFact fact) {
        var json = JSON.createObjectNode();
        return switch (fact) {
            case VersionRegistered registered ->
                json.put("fact", "version")
                        .put("subject", registered.subject())
                        .put("version", registered.version())
                        .put("id", registered.id())
                        .put("schema", registered.schema());
            case CompatibilitySet set -> {
                json.put("fact", "compatibility").put("level", set.level().name());
                set.subject().ifPresent(name -> json.put("subject", name));
                yield json;
            }
            case CompatibilityCleared cleared ->
                json.put("fact", "compatibility-cleared").put("subject", cleared.subject());
        };
    }

    private static RegistryFact fromJson(JsonNode json) {
        return switch (json.required("fact").asText()) {
            case "version" ->
                new VersionRegistered(
                        json.required("subject").asText(),
                        json.required("version").asInt(),
                        json.required("id").asInt(),
                        json.required("schema").asText());
            case "compatibility" ->
                new CompatibilitySet(
                        Optional.ofNullable(json.get("subject")).map(JsonNode::asText),
                        Compatibility.valueOf(json.required("level").asText()));
            case "compatibility-cleared" ->
                new CompatibilityCleared(json.required("subject").asText());
            default -> throw new IllegalArgumentException("unknown fact");
        };
    }
}
