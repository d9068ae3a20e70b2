package io.tollgate.server.embedded;

import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.config.PortChoice;
import io.tollgate.server.registry.SchemaStore;
import io.tollgate.server.registry.file.FactFile;
import io.tollgate.server.registry.http.RegistryServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A schema registry that speaks the Confluent REST API, on loopback, its schemas under the data folder. Schema
/// numbers stay the same over restarts.
public final class EmbeddedSchemaRegistry implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedSchemaRegistry.class);

    private final FactFile facts;
    private final RegistryServer server;

    private EmbeddedSchemaRegistry(FactFile facts, RegistryServer server) {
        this.facts = facts;
        this.server = server;
    }

    /// Starts on the schemas in `folder`, which is made if absent, and returns when it serves. The caller holds the
    /// data folder's lock. Throws [CannotStartException] if it cannot.
    public static EmbeddedSchemaRegistry start(Path folder, PortChoice choice) {
        var port = LoopbackPort.choose(choice, "the embedded schema registry");
        try {
            Files.createDirectories(folder);
            var facts = FactFile.open(folder.resolve("schemas.jsonl"));
            try {
                var store = SchemaStore.of(facts.found(), facts);
                var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
                return new EmbeddedSchemaRegistry(facts, RegistryServer.start(address, store));
            } catch (IOException | RuntimeException e) {
                facts.close();
                throw e;
            }
        } catch (BindException e) {
            throw LoopbackPort.taken(choice, "the embedded schema registry");
        } catch (IOException | IllegalStateException e) {
            throw new CannotStartException(
                    "The embedded schema registry on " + folder + " cannot start: " + e.getMessage() + ".", e);
        }
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.port());
    }

    @Override
    public void close() {
        server.close();
        try {
            facts.close();
        } catch (IOException e) {
            LOG.warn("The schema registry's file could not be closed", e);
        }
    }
}
