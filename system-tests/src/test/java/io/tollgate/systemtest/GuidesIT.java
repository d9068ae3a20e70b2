package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The guides for people who come from the systems whose APIs this one speaks, run as they stand against the product.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuidesIT {
    private static final String ADMIN_KEY = "guides-admin-key-0123456789";
    private static final Path GUIDES = Path.of("..", "docs", "guides");

    @TempDir
    static Path folder;

    private ServerProcess server;
    private HttpServer target;
    private Api admin;

    @BeforeAll
    void start() throws Exception {
        target = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        target.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        target.createContext("/", GuidesIT::echo);
        target.start();
        server = ServerProcess.start(
                        folder,
                        Map.of(
                                "TOLLGATE_DATA", folder.resolve("data").toString(),
                                "TOLLGATE_PORT", ServerProcess.freePort(),
                                "TOLLGATE_KAFKA_PORT", ServerProcess.freePort(),
                                "TOLLGATE_POSTGRES_PORT", ServerProcess.freePort(),
                                "TOLLGATE_REGISTRY_PORT", ServerProcess.freePort(),
                                "PROXY_ALLOWED_TARGETS", "127.0.0.1",
                                "ADMIN_SECRET_KEY", ADMIN_KEY))
                .awaitReady();
        admin = Api.admin(server.url(), ADMIN_KEY);
    }

    private static void echo(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        byte[] answer = (exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body)
                .getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    @AfterAll
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
        target.stop(0);
    }

    @Test
    void trackTagsUsersGoOn() throws Exception {
        int steps = new WalkedGuide(
                        GUIDES.resolve("tracktags.md"),
                        Map.of(
                                "TOLLGATE",
                                server.url(),
                                "ADMIN_KEY",
                                ADMIN_KEY,
                                "TARGET",
                                "http://127.0.0.1:" + target.getAddress().getPort()))
                .walk();

        assertThat(steps).isGreaterThan(30);
    }

    @Test
    void usameterUsersGoOn() throws Exception {
        Api organization = admin.newOrganization("usameter");
        int steps = new WalkedGuide(
                        GUIDES.resolve("usameter.md"),
                        Map.of(
                                "TOLLGATE",
                                server.url(),
                                "ORGANIZATION_KEY",
                                organization.credential().substring("Bearer ".length())))
                .walk();

        assertThat(steps).isGreaterThan(10);
    }
}
