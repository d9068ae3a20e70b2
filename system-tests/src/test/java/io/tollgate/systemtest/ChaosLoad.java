package io.tollgate.systemtest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.systemtest.Told.Word;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Clients that press tenants against their quotas through several gateways. What has a key is sent until there is an
/// answer that says what became of it, always with the same key and body; some of it again after that, and some of it
/// twice at once. Everything that they are told is kept.
final class ChaosLoad {
    static final String LIMITED = "calls";
    static final String ALSO_LIMITED = "tokens";
    static final String FREE = "views";

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(1);

    /// Longer than a gateway may take to say that it does not know.
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);

    private static final int PAUSE_MIN_MS = 20;
    private static final int PAUSE_MAX_MS = 250;
    private static final int REMEMBERED_MAX = 500;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_WITHIN)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    private final ObjectMapper json = new ObjectMapper();
    private final List<Api> gateways;
    private final int tenants;
    private final SplittableRandom seeds;
    private final String lastMonth;
    private final Collection<Told> told = new ConcurrentLinkedQueue<>();
    private final Map<Integer, AtomicInteger> statuses = new java.util.concurrent.ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicInteger unsettled = new AtomicInteger();
    private final AtomicLong names = new AtomicLong();
    private final List<Request> remembered = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch ended;
    private volatile boolean running = true;
    private volatile long giveUpAt = Long.MAX_VALUE;

    /// One event as it is sent.
    private record Use(
            String nonce,
            @Nullable String key,
            String tenant,
            String meter,
            int quantity,
            @Nullable String time) {
        String toJson() {
            return "{\"event_type\":\"" + meter + "\",\"tenant_id\":\"" + tenant + "\",\"quantity\":" + quantity
                    + ",\"metadata\":{\"n\":\"" + nonce + "\"}"
                    + (key == null ? "" : ",\"idempotency_key\":\"" + key + "\"")
                    + (time == null ? "" : ",\"timestamp\":\"" + time + "\"") + "}";
        }
    }

    private enum Form {
        SINGLE,
        BATCH,
        PARTIAL,
        UPDATE
    }

    private record Request(Form form, List<Use> uses, AtomicInteger attempts) {
        boolean keyed() {
            return uses.getFirst().key() != null;
        }

        Use first() {
            return uses.getFirst();
        }

        HttpRequest.Builder to(String url) {
            return switch (form) {
                case SINGLE -> post(url, first().toJson());
                case BATCH, PARTIAL ->
                    post(
                            url,
                            uses.stream()
                                    .map(Use::toJson)
                                    .collect(Collectors.joining(
                                            ",", "{\"partial\":" + (form == Form.PARTIAL) + ",\"events\":[", "]}")));
                case UPDATE ->
                    HttpRequest.newBuilder(URI.create(url + "/api/v1/metrics/" + first().meter()
                                    + "?scope=customer&customer_id=" + first().tenant()))
                            .PUT(HttpRequest.BodyPublishers.ofString("{\"value\":" + first().quantity()
                                    + ",\"idempotency_key\":\"" + first().key() + "\"}"));
            };
        }

        private static HttpRequest.Builder post(String url, String body) {
            return HttpRequest.newBuilder(URI.create(url + "/api/v1/events"))
                    .POST(HttpRequest.BodyPublishers.ofString(body));
        }
    }

    /// @param lastMonth a time in the month before this one
    ChaosLoad(List<Api> gateways, int tenants, int clients, long seed, String lastMonth) {
        this.gateways = gateways;
        this.tenants = tenants;
        this.seeds = new SplittableRandom(seed);
        this.lastMonth = lastMonth;
        this.ended = new CountDownLatch(clients);
        for (int i = 0; i < clients; i++) {
            SplittableRandom random = seeds.split();
            threads.execute(() -> {
                try {
                    client(random);
                } finally {
                    ended.countDown();
                }
            });
        }
    }

    static String tenant(int number) {
        return "t" + number;
    }

    /// No new requests; those under way go on until they are answered, at most so long.
    ///
    /// @return whether all were
    boolean stop(Duration settleWithin) throws InterruptedException {
        running = false;
        giveUpAt = System.nanoTime() + settleWithin.toNanos();
        return ended.await(settleWithin.toSeconds() + 2 * ANSWER_WITHIN.toSeconds(), TimeUnit.SECONDS)
                && unsettled.get() == 0;
    }

    Collection<Told> told() {
        return told;
    }

    int requests() {
        return requests.get();
    }

    int unanswered() {
        return unanswered.get();
    }

    /// Requests that were given up.
    int unsettled() {
        return unsettled.get();
    }

    /// How many answers had which status.
    Map<Integer, Integer> statuses() {
        Map<Integer, Integer> counts = new TreeMap<>();
        statuses.forEach((status, count) -> counts.put(status, count.get()));
        return counts;
    }

    int answered(int status) {
        return statuses.getOrDefault(status, new AtomicInteger()).get();
    }

    private void client(SplittableRandom random) {
        while (running) {
            Request request = request(random);
            int gateway = random.nextInt(gateways.size());
            if (random.nextInt(100) < 6 && request.keyed()) {
                twiceAtOnce(request, gateway, random);
            } else {
                settle(request, gateway, random);
            }
        }
    }

    private void twiceAtOnce(Request request, int gateway, SplittableRandom random) {
        CountDownLatch both = new CountDownLatch(1);
        SplittableRandom others = random.split();
        threads.execute(() -> {
            settle(request, (gateway + 1) % gateways.size(), others);
            both.countDown();
        });
        settle(request, gateway, random);
        try {
            both.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Request request(SplittableRandom random) {
        int dice = random.nextInt(100);
        if (dice < 12) {
            Request again = remembered(random);
            if (again != null) {
                return again;
            }
        }
        if (dice < 26) {
            int quantity = random.nextInt(100) < 80 ? -random.nextInt(1, 9) : random.nextInt(1, 4);
            return of(Form.UPDATE, List.of(new Use(name(), name(), someone(random), meter(random), quantity, null)));
        }
        if (dice < 34) {
            return of(Form.SINGLE, List.of(new Use(name(), null, someone(random), LIMITED, quantity(random), null)));
        }
        if (dice < 42) {
            return of(Form.SINGLE, List.of(new Use(name(), name(), someone(random), FREE, quantity(random), null)));
        }
        if (dice < 72) {
            return of(Form.SINGLE, List.of(use(someone(random), random)));
        }
        List<String> subjects = new ArrayList<>();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            subjects.add(someone(random));
        }
        List<Use> uses = new ArrayList<>();
        for (int i = random.nextInt(2, 12); i > 0; i--) {
            uses.add(use(subjects.get(random.nextInt(subjects.size())), random));
        }
        if (random.nextInt(4) == 0) {
            uses.add(uses.getFirst());
        }
        return of(dice < 86 ? Form.BATCH : Form.PARTIAL, uses);
    }

    private static Request of(Form form, List<Use> uses) {
        return new Request(form, uses, new AtomicInteger());
    }

    private Use use(String tenant, SplittableRandom random) {
        return new Use(
                name(), name(), tenant, meter(random), quantity(random), random.nextInt(100) < 5 ? lastMonth : null);
    }

    private String name() {
        return Long.toString(names.incrementAndGet());
    }

    /// Some tenants are much busier than others.
    private String someone(SplittableRandom random) {
        double place = random.nextDouble();
        return tenant((int) (tenants * place * place));
    }

    private static String meter(SplittableRandom random) {
        return random.nextInt(4) == 0 ? ALSO_LIMITED : LIMITED;
    }

    private static int quantity(SplittableRandom random) {
        return random.nextInt(1, 7);
    }

    private @Nullable Request remembered(SplittableRandom random) {
        synchronized (remembered) {
            return remembered.isEmpty() ? null : remembered.get(random.nextInt(remembered.size()));
        }
    }

    private void remember(Request request, SplittableRandom random) {
        synchronized (remembered) {
            if (remembered.size() < REMEMBERED_MAX) {
                remembered.add(request);
            } else {
                remembered.set(random.nextInt(REMEMBERED_MAX), request);
            }
        }
    }

    /// Sends it until every event of it has its answer; once if it has no key, for a second time could count twice.
    private void settle(Request request, int gateway, SplittableRandom random) {
        int at = gateway;
        while (!sent(request, at)) {
            if (!request.keyed()) {
                return;
            }
            if (System.nanoTime() - giveUpAt > 0) {
                unsettled.incrementAndGet();
                return;
            }
            at = random.nextInt(4) == 0 ? at : (at + 1) % gateways.size();
            LockSupport.parkNanos(Duration.ofMillis(random.nextInt(PAUSE_MIN_MS, PAUSE_MAX_MS))
                    .toNanos());
        }
        if (request.keyed()) {
            remember(request, random);
        }
    }

    /// @return whether the answer settles it
    private boolean sent(Request request, int gateway) {
        Api api = gateways.get(gateway);
        int attempt = request.attempts().incrementAndGet();
        long sentMs = System.currentTimeMillis();
        requests.incrementAndGet();
        Answered answered;
        try {
            HttpResponse<String> response = http.send(
                    request.to(api.url())
                            .timeout(ANSWER_WITHIN)
                            .header("Content-Type", "application/json")
                            .header(api.header(), api.credential())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            statuses.computeIfAbsent(response.statusCode(), status -> new AtomicInteger())
                    .incrementAndGet();
            answered = answered(request, response.statusCode(), json.readTree(response.body()));
        } catch (IOException e) {
            unanswered.incrementAndGet();
            answered = all(request, Word.UNKNOWN, e.getClass().getSimpleName());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answered = all(request, Word.UNKNOWN, "interrupted");
        }
        long answeredMs = System.currentTimeMillis();
        boolean settled = true;
        for (int i = 0; i < request.uses().size(); i++) {
            Use use = request.uses().get(i);
            One one = answered.events().get(i);
            told.add(new Told(
                    use.nonce(),
                    use.key(),
                    use.tenant(),
                    use.meter(),
                    use.quantity(),
                    attempt,
                    "gateway-" + gateway,
                    sentMs,
                    answeredMs,
                    one.word(),
                    one.eventId(),
                    answered.checked(),
                    one.detail()));
            settled &= !one.word().open();
        }
        return settled;
    }

    private record One(Word word, @Nullable String eventId, String detail) {}

    private record Answered(boolean checked, List<One> events) {}

    private static Answered all(Request request, Word word, String detail) {
        return new Answered(
                true,
                request.uses().stream().map(use -> new One(word, null, detail)).toList());
    }

    private static Answered answered(Request request, int status, JsonNode body) {
        String code = body.path("code").asText();
        return switch (status) {
            case 200, 207 -> {
                boolean checked = body.path("checked").asBoolean(true);
                yield new Answered(
                        checked,
                        request.form() == Form.BATCH || request.form() == Form.PARTIAL
                                ? events(body)
                                : List.of(taken(body, body.path("event_id").asText())));
            }
            case 403 -> all(request, Word.DENIED, code);
            case 409 -> all(request, Word.CONFLICT, code);
            // The owners were asked first, and nothing was written.
            case 503 -> all(request, code.equals("OWNER_UNAVAILABLE") ? Word.UNDECIDED : Word.UNKNOWN, code);
            default -> all(request, Word.UNKNOWN, status + " " + body);
        };
    }

    private static List<One> events(JsonNode body) {
        List<One> events = new ArrayList<>();
        for (JsonNode event : body.path("events")) {
            String code = event.path("error").path("code").asText();
            events.add(
                    switch (code) {
                        case "" -> taken(event, event.path("id").asText());
                        case "QUOTA_EXCEEDED" -> new One(Word.DENIED, null, code);
                        case "IDEMPOTENCY_KEY_REUSED" -> new One(Word.CONFLICT, null, code);
                        default -> new One(Word.UNDECIDED, null, code);
                    });
        }
        return events;
    }

    private static One taken(JsonNode event, String id) {
        return new One(event.path("deduplicated").asBoolean() ? Word.DUPLICATE : Word.NEW, id, "");
    }

    /// How often each word was said.
    Map<Word, Long> words() {
        return told.stream().collect(Collectors.groupingBy(Told::word, () -> new HashMap<>(), Collectors.counting()));
    }
}
