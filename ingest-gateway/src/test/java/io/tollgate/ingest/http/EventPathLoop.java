package io.tollgate.ingest.http;

import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.event.UsageBatch;
import io.tollgate.ingest.admission.AdmissionRound;
import io.tollgate.ingest.admission.Verdict;
import io.tollgate.ingest.event.EventIntake;
import io.tollgate.ingest.event.EventTimeBounds;
import io.tollgate.ingest.event.Intake;
import io.tollgate.ingest.fixture.MapSchemaRegistry;
import io.tollgate.ingest.kafka.EventEncoding;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.EventDecision;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;

/// A loop to look at while working on the path of an event: body in, record and answer out, on one thread, without
/// network and broker. Workload: batches of 1,000 events of 227 bytes, with key, event time and three members of
/// metadata, of one tenant or of 100. Prints the median and the range of ten rounds of two seconds.
///
/// `mvn -pl ingest-gateway test-compile`, then run this class with the test class path.
final class EventPathLoop {
    private static final UUID EPOCH = new UUID(1, 1);
    private static final int EVENTS = 1_000;
    private static final int BODIES = 16;
    private static final int ROUNDS = 10;
    private static final long ROUND_NANOS = 2_000_000_000L;

    private EventPathLoop() {}

    public static void main(String[] args) {
        PrintStream out = System.out;
        int tenants = args.length > 0 ? Integer.parseInt(args[0]) : 1;
        String stages = args.length > 1 ? args[1] : "all";
        byte[][] bodies = new byte[BODIES][];
        for (int i = 0; i < BODIES; i++) {
            bodies[i] = body(i, tenants);
        }
        out.printf(
                Locale.ROOT,
                "%d bytes per event, %d tenant(s), stages %s%n",
                bodies[0].length / EVENTS,
                tenants,
                stages);
        AvroSerializer<UsageBatch> serializer = new AvroSerializer<>(new MapSchemaRegistry(), Topics.USAGE_EVENTS);
        EventJson json = new EventJson(EventTimeBounds.DEFAULT);
        double[] rates = new double[ROUNDS];
        long sink = 0;
        for (int round = -3; round < ROUNDS; round++) {
            long start = System.nanoTime();
            long events = 0;
            while (System.nanoTime() - start < ROUND_NANOS) {
                sink += once(json, serializer, bodies[(int) (events / EVENTS % BODIES)], stages);
                events += EVENTS;
            }
            double rate = events * 1e9 / (System.nanoTime() - start);
            if (round >= 0) {
                rates[round] = rate;
            }
        }
        Arrays.sort(rates);
        out.printf(
                Locale.ROOT,
                "%,.0f events/s (%,.0f to %,.0f) [%d]%n",
                rates[ROUNDS / 2],
                rates[0],
                rates[ROUNDS - 1],
                sink);
    }

    private static long once(EventJson json, AvroSerializer<UsageBatch> serializer, byte[] body, String stages) {
        Instant now = Instant.parse("2026-03-04T10:15:30Z");
        Submission submission = json.read(body, null, now);
        if (stages.equals("parse")) {
            return submission.events().size();
        }
        Intake intake = EventIntake.decide(
                new OrganizationId("biz_7a1f0f6e-4a8e-4f3a-9b9b-0d7f8c1f3a11"),
                (organization, tenant) -> false,
                ZoneOffset.UTC,
                submission.events(),
                false,
                now,
                new SplittableRandom(1));
        if (!(intake instanceof Intake.Taken taken)) {
            throw new IllegalStateException("refused: " + intake);
        }
        if (stages.equals("decide")) {
            return taken.outcomes().size();
        }
        AdmissionRound round = AdmissionRound.of(taken, false, 8, new SplittableRandom(1));
        Verdict verdict = round.judge(
                round.requests().stream().map(EventPathLoop::admitted).toList(),
                (organization, subject, meter) -> false);
        if (!(verdict instanceof Verdict.Written written)) {
            throw new IllegalStateException("refused: " + verdict);
        }
        if (stages.equals("admit")) {
            return written.outcomes().size();
        }
        long bytes = EventEncoding.encode(serializer, written.report());
        return stages.equals("encode")
                ? bytes
                : bytes + EventAnswer.of(true, written).json().length;
    }

    private static AdmissionAnswer admitted(AdmissionRequest request) {
        return new AdmissionAnswer.Decided(
                EPOCH,
                Instant.EPOCH,
                Collections.nCopies(
                        request.events().size(),
                        new EventDecision.Admitted(Optional.empty(), Optional.empty(), List.of())));
    }

    private static byte[] body(int seed, int tenants) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder text = new StringBuilder("{\"events\":[");
        for (int i = 0; i < EVENTS; i++) {
            if (i > 0) {
                text.append(',');
            }
            String event = String.format(
                    Locale.ROOT,
                    "{\"event_type\":\"api_calls\",\"tenant_id\":\"tenant_%03d\",\"quantity\":%d.%d,"
                            + "\"timestamp\":\"2026-03-04T10:%02d:%02d.123Z\",\"idempotency_key\":\"%s\","
                            + "\"metadata\":{\"region\":\"eu-1\",\"path\":\"/v1/items/0123456789abcdefgh\",\"status\":200}}",
                    random.nextInt(tenants),
                    1 + random.nextInt(9),
                    1 + random.nextInt(9),
                    random.nextInt(15),
                    random.nextInt(60),
                    EventId.timeOrdered(Instant.EPOCH, random).value().substring(0, 20));
            text.append(event);
        }
        return text.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }
}
