package io.tollgate.control.cycle;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/// An account at Stripe as its published API answers: meters and their events, prices, and usage records of older API
/// versions. What it is told to do wrong it does with the next writes.
public final class StripeDouble implements AutoCloseable {
    static {
        // Header and body are two packets; without this each answer waits for the client to have the first.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    public static final String KEY = "sk_test_cycles";

    /// What goes wrong with a write.
    public enum Fault {
        /// The effect happens, and the answer breaks off.
        LOST_ANSWER,
        /// Nothing happens, and the answer breaks off.
        LOST_REQUEST,
        /// The effect happens, and no answer comes until [StripeDouble#answerAll].
        HANGS,
        FAILS_BEFORE,
        FAILS_AFTER,
        /// Too many requests, for 90 seconds.
        TOO_MANY,
        NO_SUCH_CUSTOMER
    }

    private static final Duration IDENTIFIERS_KNOWN = Duration.ofHours(24);

    private static final Duration AGE_MAX = Duration.ofDays(35);

    /// A use that Stripe has taken.
    public record Taken(String target, String customer, BigDecimal units, Instant stampedAt) {}

    private record Answer(int status, ObjectNode body) {}

    private final HttpServer server;
    private final InstantSource clock;
    private final Map<String, Instant> identifiers = new HashMap<>();
    private final Map<String, Answer> idempotent = new HashMap<>();
    private final List<Taken> taken = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private final Deque<Fault> faults = new ConcurrentLinkedDeque<>();
    private final CountDownLatch answering = new CountDownLatch(1);

    public StripeDouble(InstantSource clock) {
        this.clock = clock;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    public URI base() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /// Faults of the next writes, one each.
    public void fault(Fault... next) {
        faults.addAll(List.of(next));
    }

    public void answerAll() {
        answering.countDown();
    }

    public synchronized List<Taken> taken() {
        return List.copyOf(taken);
    }

    public synchronized BigDecimal sum() {
        return taken.stream().map(Taken::units).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /// Method and path of every request, oldest first.
    public synchronized List<String> requests() {
        return List.copyOf(requests);
    }

    /// Somebody else's report.
    public synchronized void took(Taken use) {
        taken.add(use);
    }

    @Override
    public void close() {
        answerAll();
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> parameters = parameters(exchange);
            String path = exchange.getRequestURI().getPath();
            boolean write = exchange.getRequestMethod().equals("POST");
            Fault fault;
            Answer answer;
            synchronized (this) {
                requests.add(exchange.getRequestMethod() + " " + path);
                fault = write ? faults.poll() : null;
                answer = answer(exchange, path, parameters, fault);
            }
            if (fault == Fault.HANGS) {
                answering.await();
                return;
            }
            byte[] body = answer.body().toString().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            if (answer.status() == 429) {
                exchange.getResponseHeaders().add("Retry-After", "90");
            }
            boolean broken = fault == Fault.LOST_ANSWER || fault == Fault.LOST_REQUEST;
            exchange.sendResponseHeaders(answer.status(), broken ? body.length + 100 : body.length);
            exchange.getResponseBody().write(body, 0, broken ? 1 : body.length);
            // A connection that ends without a byte would make the client's library ask again by itself.
            exchange.getResponseBody().flush();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Map<String, String> parameters(HttpExchange exchange) throws IOException {
        String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String query = exchange.getRequestURI().getRawQuery();
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : (text + "&" + (query == null ? "" : query)).split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                parameters.put(
                        URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return parameters;
    }

    private Answer answer(HttpExchange exchange, String path, Map<String, String> parameters, Fault fault) {
        if (!("Bearer " + KEY).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return error(401, "Invalid API Key provided: sk_test_******");
        }
        if (fault == Fault.TOO_MANY) {
            return error(429, "Too many requests");
        }
        if (fault == Fault.NO_SUCH_CUSTOMER) {
            return error(400, "No such customer");
        }
        if (path.equals("/v1/billing/meter_events")) {
            return failing(fault, () -> meterEvent(parameters));
        }
        if (path.endsWith("/usage_records") || path.endsWith("/usage_record_summaries")) {
            String version = exchange.getRequestHeaders().getFirst("Stripe-Version");
            if (version.compareTo("2025-03-31") >= 0) {
                return error(404, "Unrecognized request URL");
            }
            String item = path.split("/")[3];
            if (path.endsWith("summaries")) {
                return new Answer(200, recordSummaries(item));
            }
            // An idempotency key keeps its first answer, errors of Stripe included.
            String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
            Answer known = idempotent.get(key);
            if (known == null) {
                known = failing(fault, () -> usageRecord(item, parameters));
                idempotent.put(key, known);
            }
            return known;
        }
        return new Answer(200, read(path, parameters));
    }

    private interface Effect {
        Answer make();
    }

    private static Answer failing(Fault fault, Effect effect) {
        if (fault == Fault.FAILS_BEFORE || fault == Fault.LOST_REQUEST) {
            return error(500, "An unknown error occurred");
        }
        Answer answer = effect.make();
        return fault == Fault.FAILS_AFTER ? error(500, "An unknown error occurred") : answer;
    }

    private Answer meterEvent(Map<String, String> parameters) {
        Instant now = clock.instant();
        String identifier = parameters.get("identifier");
        Instant first = identifiers.get(identifier);
        if (first != null && first.plus(IDENTIFIERS_KNOWN).isAfter(now)) {
            return error(400, "An event already exists with identifier " + identifier + ".");
        }
        Instant stampedAt = Instant.ofEpochSecond(Long.parseLong(parameters.get("timestamp")));
        if (stampedAt.isBefore(now.minus(AGE_MAX)) || stampedAt.isAfter(now.plus(Duration.ofMinutes(5)))) {
            return error(400, "The timestamp must be within the past 35 days");
        }
        identifiers.put(identifier, now);
        taken.add(new Taken(
                "mtr_" + parameters.get("event_name"),
                parameters.get("payload[cus]"),
                new BigDecimal(parameters.get("payload[units]")),
                stampedAt));
        return new Answer(200, object("billing.meter_event").put("identifier", identifier));
    }

    private Answer usageRecord(String item, Map<String, String> parameters) {
        taken.add(new Taken(
                item,
                "",
                new BigDecimal(parameters.get("quantity")),
                Instant.ofEpochSecond(Long.parseLong(parameters.get("timestamp")))));
        return new Answer(200, object("usage_record").put("id", "mbur_1"));
    }

    private ObjectNode recordSummaries(String item) {
        BigDecimal total = taken.stream()
                .filter(use -> use.target().equals(item))
                .map(Taken::units)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        ObjectNode summary = object("usage_record_summary").put("total_usage", total.longValueExact());
        summary.putObject("period").put("start", 0).putNull("end");
        return list(summary);
    }

    private ObjectNode read(String path, Map<String, String> parameters) {
        String[] parts = path.split("/");
        if (path.endsWith("/event_summaries")) {
            return summaries(parts[4], parameters);
        }
        if (path.equals("/v1/billing/meters")) {
            return list(meter("mtr_other"), meter("mtr_calls"));
        }
        if (path.startsWith("/v1/billing/meters/")) {
            return meter(parts[4]);
        }
        if (path.equals("/v1/prices")) {
            return list(price("price_flat"), price("price_metered"));
        }
        if (path.startsWith("/v1/prices/")) {
            return price(parts[3]);
        }
        if (path.equals("/v1/subscription_items")) {
            return list(item("si_flat", "price_flat"), item("si_legacy", "price_legacy"));
        }
        if (path.startsWith("/v1/subscription_items/")) {
            return item(parts[3], parts[3].equals("si_legacy") ? "price_legacy" : "price_metered");
        }
        throw new IllegalStateException("nobody needs " + path);
    }

    private ObjectNode summaries(String meter, Map<String, String> parameters) {
        long start = Long.parseLong(parameters.get("start_time"));
        long end = Long.parseLong(parameters.get("end_time"));
        if (start % 60 != 0 || end % 60 != 0) {
            throw new IllegalStateException("summaries begin and end with minutes");
        }
        BigDecimal sum = taken.stream()
                .filter(use -> use.target().equals(meter)
                        && use.customer().equals(parameters.get("customer"))
                        && use.stampedAt().getEpochSecond() >= start
                        && use.stampedAt().getEpochSecond() < end)
                .map(Taken::units)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        return list(object("billing.meter_event_summary")
                .put("aggregated_value", sum)
                .put("start_time", start)
                .put("end_time", end));
    }

    private static ObjectNode meter(String id) {
        ObjectNode meter = object("billing.meter")
                .put("id", id)
                .put("event_name", id.substring("mtr_".length()))
                .put("status", "active");
        meter.putObject("customer_mapping").put("event_payload_key", "cus").put("type", "by_id");
        meter.putObject("value_settings").put("event_payload_key", "units");
        return meter;
    }

    private static ObjectNode price(String id) {
        ObjectNode price = object("price").put("id", id);
        ObjectNode recurring = price.putObject("recurring")
                .put("interval", "month")
                .put("usage_type", id.equals("price_flat") ? "licensed" : "metered");
        recurring.put("meter", id.equals("price_metered") ? "mtr_calls" : null);
        return price;
    }

    private static ObjectNode item(String id, String price) {
        ObjectNode item = object("subscription_item").put("id", id);
        item.set("price", price(price));
        return item;
    }

    private static ObjectNode object(String type) {
        return JsonNodeFactory.instance.objectNode().put("object", type);
    }

    private static ObjectNode list(ObjectNode... elements) {
        ObjectNode list = object("list").put("has_more", false).put("url", "/");
        ArrayNode data = list.putArray("data");
        List.of(elements).forEach(data::add);
        return list;
    }

    private static Answer error(int status, String message) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putObject("error").put("type", "invalid_request_error").put("message", message);
        return new Answer(status, body);
    }
}
