package io.tollgate.bench;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/// Posts for a while over several connections, each sending its next request when the last is answered.
final class Load {
    /// Bounds the memory for latencies; a round of single events takes far fewer.
    private static final int LATENCIES_MAX = 2_000_000;

    private Load() {}

    /// @param refused requests that were not answered with 200; their events do not count
    /// @param latenciesMs of the answered requests
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Result(long events, long requests, long refused, Duration took, double[] latenciesMs) {
        double eventsPerSecond() {
            return events / seconds(took);
        }

        double requestsPerSecond() {
            return requests / seconds(took);
        }
    }

    static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    static Result run(URI url, String path, String key, Supplier<EventBody> bodies, int connections, Duration lasting)
            throws IOException, InterruptedException {
        long began = System.nanoTime();
        long end = began + lasting.toNanos();
        List<Future<Result>> futures = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            for (int i = 0; i < connections; i++) {
                futures.add(threads.submit(() -> post(url, path, key, bodies.get(), end, LATENCIES_MAX / connections)));
            }
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        long events = 0;
        long requests = 0;
        long refused = 0;
        List<double[]> latencies = new ArrayList<>();
        for (Future<Result> future : futures) {
            Result part = result(future);
            events += part.events();
            requests += part.requests();
            refused += part.refused();
            latencies.add(part.latenciesMs());
        }
        double[] all = latencies.stream().flatMapToDouble(Arrays::stream).toArray();
        return new Result(events, requests, refused, took, all);
    }

    private static Result result(Future<Result> future) throws IOException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new IOException("a connection failed: " + e.getCause(), e);
        }
    }

    private static Result post(URI url, String path, String key, EventBody body, long end, int latenciesMax)
            throws IOException {
        long requests = 0;
        long refused = 0;
        double[] latencies = new double[1024];
        int measured = 0;
        try (HttpConnection connection = new HttpConnection(url, path, key, body.length())) {
            while (System.nanoTime() - end < 0) {
                byte[] bytes = body.fresh();
                long sent = System.nanoTime();
                if (connection.post(bytes) == 200) {
                    requests++;
                    if (measured < latenciesMax) {
                        latencies = measured == latencies.length ? Arrays.copyOf(latencies, 2 * measured) : latencies;
                        latencies[measured++] = (System.nanoTime() - sent) / 1e6;
                    }
                } else {
                    refused++;
                }
            }
        }
        return new Result(
                requests * body.events(), requests, refused, Duration.ZERO, Arrays.copyOf(latencies, measured));
    }
}
