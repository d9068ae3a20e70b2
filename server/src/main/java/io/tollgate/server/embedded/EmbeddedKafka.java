package io.tollgate.server.embedded;

import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.config.PortChoice;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A real Kafka broker (KRaft, broker and controller in one) in this process, on loopback, its log under the data
/// folder. What it acknowledged with `acks=all` survives the death of the process at any moment, but not the loss of
/// power: there is one replica, and Kafka leaves writing to disk to the system. The port may differ from start to
/// start.
public final class EmbeddedKafka implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedKafka.class);

    private static final int NODE_ID = 1;
    private static final String CLIENTS = "CLIENTS";
    private static final String CONTROLLER = "CONTROLLER";
    private static final String HOST = "127.0.0.1";

    /// Records of `usage-events` go up to 9 MB; the rest is room for headers and batch overhead.
    private static final int MESSAGE_BYTES_MAX = 10 << 20;

    /// Stopping takes well under a second; more means that it hangs, and the log recovers from a hard stop.
    private static final Duration CLOSE_MAX = Duration.ofSeconds(6);

    /// Takes a tenth of a second once the controller is up.
    private static final Duration FORGET_MAX = Duration.ofSeconds(30);

    private static final Duration RETRY = Duration.ofMillis(20);

    /// Longer than any pause of a process that is still of use.
    private static final Duration SESSION = Duration.ofHours(1);

    private final KafkaRaftServer server;
    private final String bootstrapServers;

    private EmbeddedKafka(KafkaRaftServer server, String bootstrapServers) {
        this.server = server;
        this.bootstrapServers = bootstrapServers;
    }

    /// Starts the broker on the data of `folder`, which is made if absent, and returns when clients can connect. The
    /// caller holds the data folder's lock. Throws [CannotStartException] if it cannot.
    public static EmbeddedKafka start(Path folder, PortChoice choice) {
        var port = LoopbackPort.choose(choice, "the embedded Kafka");
        explainDeath(folder);
        leaveTurkish();
        KafkaRaftServer server = null;
        try {
            if (!format(folder)) {
                forgetFormerBroker(folder);
            }
            server = new KafkaRaftServer(
                    KafkaConfig.fromProps(brokerProperties(folder, port, LoopbackPort.anyFree()), false), Time.SYSTEM);
            server.startup();
            return new EmbeddedKafka(server, HOST + ":" + port);
        } catch (Exception e) {
            if (server != null) {
                stop(server);
            }
            throw new CannotStartException(
                    "The embedded Kafka on " + folder + " cannot start: " + rootMessage(e) + ".", e);
        }
    }

    public String bootstrapServers() {
        return bootstrapServers;
    }

    /// Stops the broker cleanly, so that the next start need not recover its log. Clients should be closed before.
    @Override
    public void close() {
        stop(server);
    }

    private static void stop(KafkaRaftServer server) {
        var stopping = Thread.ofPlatform().name("kafka-stop").daemon().start(() -> {
            try {
                server.shutdown();
                server.awaitShutdown();
            } catch (RuntimeException e) {
                LOG.warn("The embedded Kafka did not stop cleanly; its log is recovered at the next start", e);
            }
        });
        try {
            if (!stopping.join(CLOSE_MAX)) {
                LOG.warn(
                        "The embedded Kafka did not stop within {}; its log is recovered at the next start", CLOSE_MAX);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // Elsewhere first and then renamed: a start killed in between leaves no folder that is half formatted. Answers
    // whether it was done now.
    private static boolean format(Path folder) throws Exception {
        if (Files.exists(folder.resolve("meta.properties"))) {
            return false;
        }
        var draft = folder.resolveSibling(folder.getFileName() + ".new");
        Folders.delete(draft);
        Files.createDirectories(draft);
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setNodeId(NODE_ID)
                .setClusterId(Uuid.randomUuid().toString())
                .setControllerListenerName(CONTROLLER)
                .setReleaseVersion(MetadataVersion.latestProduction())
                .setMetadataLogDirectory(draft.toString())
                .addDirectory(draft.toString())
                .run();
        Files.move(draft, folder, StandardCopyOption.ATOMIC_MOVE);
        return true;
    }

    // After a kill the metadata log still calls the dead broker alive and leader of everything, at its old port. A
    // broker that starts on such a log believes it, takes up half-committed transactions, and, at the moment the
    // controller notices the death, finds the partitions without a leader: it then takes them for deleted, calls the
    // transactions complete and never ends them in the log (Kafka 4.3.1; seen in one of twenty kills), and whoever
    // reads committed records waits at that place for ever. So the controller alone is started first and told that
    // the former broker is gone.
    private static void forgetFormerBroker(Path folder)
            throws ExecutionException, InterruptedException, TimeoutException {
        var port = LoopbackPort.anyFree();
        var p = commonProperties(folder, port);
        p.put("process.roles", "controller");
        p.put("listeners", CONTROLLER + "://" + HOST + ":" + port);
        var controller = new KafkaRaftServer(KafkaConfig.fromProps(p, false), Time.SYSTEM);
        try {
            controller.startup();
            try (var admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_CONTROLLERS_CONFIG, HOST + ":" + port))) {
                unregister(admin);
            }
        } finally {
            stop(controller);
        }
    }

    private static void unregister(Admin admin) throws ExecutionException, InterruptedException, TimeoutException {
        var deadline = System.nanoTime() + FORGET_MAX.toNanos();
        while (true) {
            try {
                admin.unregisterBroker(NODE_ID).all().get(FORGET_MAX.toSeconds(), TimeUnit.SECONDS);
                return;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof BrokerIdNotRegisteredException) {
                    // Killed before it had registered.
                    return;
                }
                // So a controller answers that has not yet read its log.
                var early = e.getCause() instanceof UnsupportedVersionException;
                if (!early || System.nanoTime() - deadline > 0) {
                    throw e;
                }
                LockSupport.parkNanos(RETRY.toNanos());
            }
        }
    }

    private static Properties commonProperties(Path folder, int controllerPort) {
        var p = new Properties();
        p.put("node.id", Integer.toString(NODE_ID));
        p.put("controller.quorum.voters", NODE_ID + "@" + HOST + ":" + controllerPort);
        p.put("controller.listener.names", CONTROLLER);
        p.put("listener.security.protocol.map", CLIENTS + ":PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
        p.put("log.dirs", folder.toString());
        return p;
    }

    private static Properties brokerProperties(Path folder, int port, int controllerPort) {
        var p = commonProperties(folder, controllerPort);
        p.put("process.roles", "broker,controller");
        p.put(
                "listeners",
                CLIENTS + "://" + HOST + ":" + port + "," + CONTROLLER + "://" + HOST + ":" + controllerPort);
        p.put("advertised.listeners", CLIENTS + "://" + HOST + ":" + port);
        p.put("inter.broker.listener.name", CLIENTS);
        p.put("auto.create.topics.enable", "false");
        p.put("unclean.leader.election.enable", "false");

        // One broker: one replica of everything.
        p.put("default.replication.factor", "1");
        p.put("min.insync.replicas", "1");
        p.put("offsets.topic.replication.factor", "1");
        p.put("transaction.state.log.replication.factor", "1");
        p.put("transaction.state.log.min.isr", "1");
        p.put("share.coordinator.state.topic.replication.factor", "1");
        p.put("share.coordinator.state.topic.min.isr", "1");

        // The defaults of 50 are for clusters; each partition here costs a start-up load and two 10 MB index files.
        p.put("offsets.topic.num.partitions", "4");
        p.put("transaction.state.log.num.partitions", "4");
        p.put("share.coordinator.state.topic.num.partitions", "1");

        p.put("message.max.bytes", Integer.toString(MESSAGE_BYTES_MAX));
        p.put("replica.fetch.max.bytes", Integer.toString(MESSAGE_BYTES_MAX));

        // Broker and controller live and die together, so a missed heartbeat only means that the process stood still,
        // and calling the broker dead for that would do the harm described at forgetFormerBroker.
        p.put("broker.session.timeout.ms", Long.toString(SESSION.toMillis()));
        p.put("group.min.session.timeout.ms", "1000");
        // Nobody joins from elsewhere, so there is nobody to wait for.
        p.put("group.initial.rebalance.delay.ms", "0");

        // A transaction that begins while the markers of the one before are still being written waits here, a few
        // milliseconds, instead of being sent back to the client and tried again after the client's longer pause.
        p.put("add.partitions.to.txn.retry.backoff.ms", "5");
        p.put("add.partitions.to.txn.retry.backoff.max.ms", "2000");

        // Sized for a process that shares a small machine with its clients.
        p.put("num.network.threads", "2");
        p.put("num.io.threads", "4");
        p.put("background.threads", "2");
        p.put("num.recovery.threads.per.data.dir", "2");
        p.put("log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20));
        return p;
    }

    // The broker ends the process on faults such as a disk that fails, without a word on standard output.
    private static void explainDeath(Path folder) {
        Exit.setHaltProcedure((status, message) -> {
            LOG.error(
                    "The embedded Kafka on {} cannot go on and stops this process: {}",
                    folder,
                    message == null ? "see above" : message);
            Runtime.getRuntime().halt(status);
        });
        Exit.setExitProcedure((status, message) -> {
            LOG.error(
                    "The embedded Kafka on {} cannot go on and stops this process: {}",
                    folder,
                    message == null ? "see above" : message);
            Runtime.getRuntime().halt(status);
        });
    }

    // The broker looks up its constants by names it makes with the default locale, and in a locale where the capital
    // of i has a dot there is no CLASSIC among them.
    private static void leaveTurkish() {
        if (!"i".toUpperCase(Locale.getDefault()).equals("I")) {
            Locale.setDefault(Locale.ROOT);
        }
    }

    private static String rootMessage(Throwable e) {
        var root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }
}
