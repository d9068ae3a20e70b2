package io.tollgate.control.machine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Stands in for Fly.io's Machines API: apps and machines in memory, and failures when a test asks for them. Unlike
/// Fly.io it makes a second machine of the same name, so that one that is made twice shows.
final class FlyDouble implements AutoCloseable {
    static final String TOKEN = "fo1_of_these_tests";

    /// How the next wish for a machine is answered.
    enum Next {
        REFUSED,
        BROKEN,
        MADE_WITHOUT_AN_ANSWER,
        MADE_AND_SAID_TO_EXIST
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    private record Answer(int status, JsonNode body) {}

    private final Map<String, Map<String, ObjectNode>> apps = new LinkedHashMap<>();
    private final Deque<Next> script = new ArrayDeque<>();
    private final List<JsonNode> wishes = new ArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private int made;

    FlyDouble() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::serve);
        server.setExecutor(threads);
        server.start();
    }

    URI base() {
        return URI.create("http://localhost:" + server.getAddress().getPort());
    }

    synchronized void then(Next... next) {
        script.addAll(List.of(next));
    }

    /// Machines that run.
    synchronized List<ObjectNode> machines() {
        return apps.values().stream().flatMap(app -> app.values().stream()).toList();
    }

    /// The machines that were asked for, as often as they were.
    synchronized List<JsonNode> wishes() {
        return List.copyOf(wishes);
    }

    /// As if somebody ended all machines at Fly.io itself.
    synchronized void lose() {
        apps.values().forEach(Map::clear);
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        byte[] sent = exchange.getRequestBody().readAllBytes();
        JsonNode body = sent.length == 0 ? JSON.createObjectNode() : JSON.readTree(sent);
        String[] path = exchange.getRequestURI().getPath().split("/", -1);
        boolean known = ("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"));
        Answer answer = known ? answer(exchange.getRequestMethod(), path, body) : error(401, "unauthorized");
        if (answer.status() == 0) {
            await();
        } else {
            byte[] bytes = answer.body().toString().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), bytes.length);
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    private void await() {
        try {
            closing.await(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Answer error(int status, String error) {
        return new Answer(status, JSON.createObjectNode().put("error", error));
    }

    // Paths are /v1/apps, /v1/apps/{app}/machines, /v1/apps/{app}/machines/{id}.
    private synchronized Answer answer(String method, String[] path, JsonNode body) {
        if (path.length == 3) {
            boolean fresh = apps.putIfAbsent(body.path("app_name").asText(), new LinkedHashMap<>()) == null;
            return fresh ? new Answer(201, JSON.createObjectNode()) : error(422, "name has already been taken");
        }
        Map<String, ObjectNode> app = apps.get(path[3]);
        if (app == null) {
            return error(404, "app not found");
        }
        return switch (method) {
            case "GET" -> new Answer(200, JSON.createArrayNode().addAll(app.values()));
            case "DELETE" ->
                app.remove(path[5]) == null
                        ? error(404, "machine not found")
                        : new Answer(200, JSON.createObjectNode().put("ok", true));
            default -> make(app, body);
        };
    }

    private Answer make(Map<String, ObjectNode> app, JsonNode wish) {
        wishes.add(wish);
        Next next = script.poll();
        if (next == Next.REFUSED) {
            return error(422, "the image is unknown");
        }
        if (next == Next.BROKEN) {
            return error(500, "try later");
        }
        made++;
        String id = "4d89" + made;
        ObjectNode machine = JSON.createObjectNode()
                .put("id", id)
                .put("name", wish.path("name").asText())
                .put("state", "started")
                .put("private_ip", "fdaa::" + made);
        app.put(id, machine);
        if (next == Next.MADE_WITHOUT_AN_ANSWER) {
            return new Answer(0, machine);
        }
        return next == Next.MADE_AND_SAID_TO_EXIST ? error(409, "unique machine name") : new Answer(200, machine);
    }
}
