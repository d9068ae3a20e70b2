package io.tollgate.bench;

import io.tollgate.bench.EventBody.Shape;
import io.tollgate.contract.topic.Topics;
import io.tollgate.server.config.Role;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;

/// Batches of 1,000 events posted as fast as they are answered: alone at the gateway, with counting behind it, and with
/// counting and storing behind it. `ingest-batch` reads the rate of the posts, `pipeline` the rate from the first post
/// until the last event is counted or stored, so one load gives both.
final class BatchLoads {
    static final String INGEST = "ingest-batch";
    static final String PIPELINE = "pipeline";
    /// With one connection the server waits for the client between requests; beyond a few it is only queueing.
    private static final int CONNECTIONS = 3;

    private static final Duration WARM_UP = Duration.ofSeconds(2);
    /// Bounds the memory for the records that the raw producer sends again.
    private static final int READ_BACK_EVENTS = 200_000;

    private static final String INGEST_AIM = "ratio at least 0.3";
    private static final String PIPELINE_AIM = "at least 20,000 events/s";

    private final Rig rig;
    private final Plan plan;

    BatchLoads(Rig rig, Plan plan) {
        this.rig = rig;
        this.plan = plan;
    }

    List<Figure> run(Predicate<String> wanted) throws IOException, InterruptedException {
        List<Figure> figures = new ArrayList<>();
        if (wanted.test(INGEST)) {
            rig.run(Role.GATEWAY);
            warmUp();
            for (Shape shape : Shape.values()) {
                gatewayAlone(shape, figures);
            }
            rig.stopInstance();
            rig.skipUncounted();
        }
        rig.run(Role.GATEWAY, Role.AGGREGATOR);
        warmUp();
        rig.awaitCounted();
        for (Shape shape : Shape.values()) {
            counted(shape, wanted, figures);
        }
        if (wanted.test(PIPELINE)) {
            rig.stopInstance();
            rig.skipUnstored();
            rig.run(Role.GATEWAY, Role.AGGREGATOR, Role.BILLING);
            warmUp();
            rig.awaitCounted();
            rig.awaitStored();
            for (Shape shape : Shape.values()) {
                stored(shape, figures);
            }
        }
        return figures;
    }

    private void gatewayAlone(Shape shape, List<Figure> figures) throws IOException, InterruptedException {
        Figure.Rounds rounds = new Figure.Rounds();
        for (int round = 0; round < plan.rounds(); round++) {
            Map<TopicPartition, Long> begins = rig.ends(Topics.USAGE_EVENTS.name());
            Load.Result load = load(shape, plan.lasting());
            rounds.values.add(load.eventsPerSecond());
            rounds.limits.add(raw(shape, begins, round));
            plan.round(
                    INGEST,
                    round,
                    "%s, gateway alone: %,.0f events/s, raw producer %,.0f",
                    shape.words,
                    rounds.values.getLast(),
                    rounds.limits.getLast());
        }
        figures.add(Figure.of(INGEST, shape.words + ", gateway alone", "events/s", rounds.values)
                .against("raw producer, same records", rounds.limits)
                .aimingAt(INGEST_AIM));
    }

    private void counted(Shape shape, Predicate<String> wanted, List<Figure> figures)
            throws IOException, InterruptedException {
        Figure.Rounds ingest = new Figure.Rounds();
        Figure.Rounds pipeline = new Figure.Rounds();
        for (int round = 0; round < plan.rounds(); round++) {
            Map<TopicPartition, Long> begins = rig.ends(Topics.USAGE_EVENTS.name());
            long began = System.nanoTime();
            Load.Result load = load(shape, plan.lasting());
            ingest.lags.add(uncountedEvents(shape));
            rig.awaitCounted();
            pipeline.values.add(load.events() / ((System.nanoTime() - began) / 1e9));
            ingest.values.add(load.eventsPerSecond());
            if (wanted.test(INGEST)) {
                ingest.limits.add(raw(shape, begins, round));
            }
            plan.round(
                    wanted.test(INGEST) ? INGEST : PIPELINE,
                    round,
                    "%s, counting behind: %,.0f events/s, lag %,d, counted at %,.0f events/s",
                    shape.words,
                    ingest.values.getLast(),
                    ingest.lags.getLast(),
                    pipeline.values.getLast());
        }
        if (wanted.test(INGEST)) {
            figures.add(Figure.of(INGEST, shape.words + ", counting behind", "events/s", ingest.values)
                    .against("raw producer, same records", ingest.limits)
                    .behind(ingest.lags)
                    .aimingAt(INGEST_AIM));
        }
        if (wanted.test(PIPELINE)) {
            figures.add(Figure.of(PIPELINE, shape.words + ", POST to counted, no sink", "events/s", pipeline.values)
                    .behind(ingest.lags)
                    .aimingAt(PIPELINE_AIM));
        }
    }

    private void stored(Shape shape, List<Figure> figures) throws IOException, InterruptedException {
        Figure.Rounds rounds = new Figure.Rounds();
        for (int round = 0; round < plan.rounds(); round++) {
            long began = System.nanoTime();
            Load.Result load = load(shape, plan.lasting());
            rounds.lags.add(uncountedEvents(shape) + rig.unstored(Topics.ACCEPTED_EVENTS.name()));
            rig.awaitCounted();
            rig.awaitStored();
            rounds.values.add(load.events() / ((System.nanoTime() - began) / 1e9));
            plan.round(
                    PIPELINE,
                    round,
                    "%s, to rows: posted at %,.0f events/s, lag %,d, stored at %,.0f events/s",
                    shape.words,
                    load.eventsPerSecond(),
                    rounds.lags.getLast(),
                    rounds.values.getLast());
        }
        figures.add(Figure.of(PIPELINE, shape.words + ", POST to stored row", "events/s", rounds.values)
                .behind(rounds.lags)
                .aimingAt(PIPELINE_AIM));
    }

    private void warmUp() throws IOException, InterruptedException {
        for (Shape shape : Shape.values()) {
            load(shape, WARM_UP);
        }
    }

    private Load.Result load(Shape shape, Duration lasting) throws IOException, InterruptedException {
        Instant now = Instant.now();
        Load.Result load = Load.run(
                rig.url(), "/api/v1/events", rig.key(), () -> EventBody.batch(shape, now), CONNECTIONS, lasting);
        if (load.refused() > 0) {
            plan.progress().accept(load.refused() + " requests were refused; their events do not count");
        }
        if (load.events() == 0) {
            throw new IOException("no request was accepted");
        }
        return load;
    }

    private double raw(Shape shape, Map<TopicPartition, Long> begins, int round) throws IOException {
        List<RawProducer.Ready> records =
                RawProducer.readBack(rig, begins, EventBody.BATCH / shape.recordsPerBatch, READ_BACK_EVENTS);
        String topic = rig.scratchTopic("bench.raw-" + shape.recordsPerBatch + "-" + round + "-" + System.nanoTime());
        try {
            return RawProducer.eventsPerSecond(
                    rig, topic, records, plan.lasting().dividedBy(2));
        } finally {
            rig.deleteTopic(topic);
        }
    }

    private long uncountedEvents(Shape shape) throws IOException {
        return rig.uncounted() * EventBody.BATCH / shape.recordsPerBatch;
    }
}
