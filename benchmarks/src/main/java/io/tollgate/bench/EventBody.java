package io.tollgate.bench;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicLong;

/// A request body that is built once; before each use fresh idempotency keys and tenants are written over the old ones,
/// which costs next to nothing beside what is measured. Used by one thread.
final class EventBody {
    /// How the events of a batch are spread over tenants.
    enum Shape {
        /// All events of a batch are of one tenant, another one with each batch: one record of the log.
        ONE_TENANT("1 tenant a batch", 1),
        /// Each event is of another tenant: a thousand records of the log.
        THOUSAND_TENANTS("1,000 tenants a batch", 1_000);

        final String words;
        final int recordsPerBatch;

        Shape(String words, int recordsPerBatch) {
            this.words = words;
            this.recordsPerBatch = recordsPerBatch;
        }
    }

    static final int BATCH = 1_000;
    static final int TENANTS = 1_000;
    static final String METADATA =
            "{\"region\":\"eu-west-1\",\"path\":\"/v1/image/resize\",\"status\":200,\"plan\":\"pro\"}";
    private static final int TENANT_DIGITS = 4;
    private static final int KEY_DIGITS = 12;
    private static final int SPREAD_SECONDS = 60;

    /// Keys are never used twice in a run.
    private static final AtomicLong NEXT_KEY = new AtomicLong();

    private static final AtomicLong NEXT_TENANT = new AtomicLong();

    private final byte[] bytes;
    private final int firstAt;
    private final int stride;
    private final int events;
    private final int tenantAt;
    private final int keyAt;
    private final Shape shape;

    private EventBody(byte[] bytes, int firstAt, int stride, int events, Shape shape) {
        this.bytes = bytes;
        this.firstAt = firstAt;
        this.stride = stride;
        this.events = events;
        this.shape = shape;
        String event = new String(bytes, firstAt, stride, StandardCharsets.US_ASCII);
        this.tenantAt = event.indexOf("cust_") + "cust_".length();
        this.keyAt = event.indexOf("order-") + "order-".length();
    }

    static EventBody batch(Shape shape, Instant now) {
        StringBuilder body = new StringBuilder("{\"events\":[");
        int firstAt = body.length();
        for (int i = 0; i < BATCH; i++) {
            body.append(event(now.minusSeconds(i % SPREAD_SECONDS))).append(',');
        }
        body.setLength(body.length() - 1);
        byte[] bytes = body.append("]}").toString().getBytes(StandardCharsets.US_ASCII);
        return new EventBody(bytes, firstAt, event(now).length() + 1, BATCH, shape);
    }

    static EventBody single(Instant now) {
        byte[] bytes = event(now).getBytes(StandardCharsets.US_ASCII);
        return new EventBody(bytes, 0, bytes.length, 1, Shape.THOUSAND_TENANTS);
    }

    /// No body at all: for requests that only ask.
    static EventBody none() {
        return new EventBody(new byte[0]);
    }

    /// The same body every time; no events.
    static EventBody fixed(String text) {
        return new EventBody(text.getBytes(StandardCharsets.US_ASCII));
    }

    private EventBody(byte[] fixed) {
        this.bytes = fixed;
        this.firstAt = 0;
        this.stride = 0;
        this.events = 0;
        this.shape = Shape.ONE_TENANT;
        this.tenantAt = 0;
        this.keyAt = 0;
    }

    /// One event of 227 bytes, about what a metered API sends for a call.
    private static String event(Instant time) {
        return "{\"event_type\":\"api_request\",\"tenant_id\":\"cust_0000\",\"quantity\":1.5,"
                + "\"idempotency_key\":\"order-000000000000\",\"timestamp\":\""
                + time.truncatedTo(ChronoUnit.SECONDS)
                + "\",\"metadata\":" + METADATA + "}";
    }

    /// The body with keys that were not used before. The array is the same every time.
    byte[] fresh() {
        long key = NEXT_KEY.getAndAdd(events);
        long tenant = NEXT_TENANT.getAndAdd(shape == Shape.ONE_TENANT ? 1 : events);
        for (int i = 0; i < events; i++) {
            int at = firstAt + i * stride;
            write((tenant + (shape == Shape.ONE_TENANT ? 0 : i)) % TENANTS, TENANT_DIGITS, at + tenantAt);
            write(key + i, KEY_DIGITS, at + keyAt);
        }
        return bytes;
    }

    int length() {
        return bytes.length;
    }

    int events() {
        return events;
    }

    private void write(long number, int digits, int at) {
        long rest = number;
        for (int i = at + digits - 1; i >= at; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
