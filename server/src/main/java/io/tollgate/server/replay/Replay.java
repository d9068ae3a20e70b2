package io.tollgate.server.replay;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Sends a log file's usage to a server: for every line one `http_request` of quantity 1, and one `bytes_sent` of the
/// answer's size where it is given and not 0; tenant = client address, event time = the line's. Batches are sent one
/// after
/// the other, and progress is saved after each, so a replay that is killed goes on and a line is never counted twice.
public final class Replay {
    /// Two events a line stay within the API's 1,000 events a batch.
    private static final int LINES_PER_BATCH = 500;

    private static final ObjectMapper JSON = new ObjectMapper();

    /// Is told of progress.
    public interface Listener {
        /// @param lines lines dealt with so far, of `total`
        void progressed(long lines, long total);

        /// A line or event that was refused for good, and why.
        void refused(long lineNumber, String why);
    }

    /// How a replay ended.
    ///
    /// @param resumedAt line at which it went on, 0 for the first
    public record Summary(long lines, long resumedAt, long accepted, long duplicate, long rejected, long unreadable) {}

    private final LogFile file;
    private final TollgateClient client;
    private final ReplayState state;
    private final Listener listener;

    private Replay(LogFile file, TollgateClient client, ReplayState state, Listener listener) {
        this.file = file;
        this.client = client;
        this.state = state;
        this.listener = listener;
    }

    /// Replays `path`, going on where an earlier run to the same server with the same key stopped.
    ///
    /// @param stateFolder where progress is saved
    /// @throws IOException if the file cannot be read or the server stays away longer than the client's patience
    public static Summary run(
            Path path, TollgateClient client, String url, String key, Path stateFolder, Listener listener)
            throws IOException {
        LogFile file = LogFile.open(path);
        return new Replay(file, client, ReplayState.of(stateFolder, file, url, key), listener).run();
    }

    private Summary run() throws IOException {
        ReplayTotals totals = state.load();
        long resumedAt = totals.lines();
        listener.progressed(totals.lines(), file.lines());
        try (Stream<String> lines = file.read()) {
            Iterator<String> rest = lines.skip(resumedAt).iterator();
            while (rest.hasNext()) {
                totals = sendNext(rest, totals);
                state.save(totals);
                listener.progressed(totals.lines(), file.lines());
            }
        }
        state.clear();
        return new Summary(
                totals.lines(),
                resumedAt,
                totals.accepted(),
                totals.duplicate(),
                totals.rejected(),
                totals.unreadable());
    }

    private ReplayTotals sendNext(Iterator<String> lines, ReplayTotals before) throws IOException {
        ObjectNode batch = JSON.createObjectNode();
        ArrayNode events = batch.putArray("events");
        batch.put("partial", true);
        long read = 0;
        long unreadable = 0;
        List<Long> lineOfEvent = new ArrayList<>();
        while (read < LINES_PER_BATCH && lines.hasNext()) {
            read++;
            long number = before.lines() + read;
            Optional<LogLine> line = LogLine.parse(lines.next());
            if (line.isPresent()) {
                add(events, line.get(), number);
                while (lineOfEvent.size() < events.size()) {
                    lineOfEvent.add(number);
                }
            } else {
                unreadable++;
                listener.refused(number, "is not in Combined Log Format");
            }
        }
        if (events.isEmpty()) {
            return before.plus(read, 0, 0, 0, unreadable);
        }
        TollgateClient.Answer answer = client.post("api/v1/events", batch);
        if (answer.status() != 200 && answer.status() != 207) {
            throw new IOException("the server refuses the events: " + answer.complaint());
        }
        answer.body().path("events").forEach(event -> {
            if (event.has("error")) {
                listener.refused(
                        lineOfEvent.get(event.path("index").asInt()),
                        event.path("error")
                                .path("message")
                                .asText(event.path("error").toString()));
            }
        });
        return before.plus(
                read,
                answer.body().path("new_events").asLong(),
                answer.body().path("deduplicated").asLong(),
                answer.body().path("failed").asLong(),
                unreadable);
    }

    private void add(ArrayNode events, LogLine line, long number) {
        event(events, line, "http_request", number).put("quantity", 1);
        if (line.size().orElse(0) > 0) {
            event(events, line, "bytes_sent", number)
                    .put("quantity", line.size().getAsLong());
        }
    }

    private ObjectNode event(ArrayNode events, LogLine line, String meter, long number) {
        ObjectNode event = events.addObject()
                .put("event_type", meter)
                .put("tenant_id", line.client())
                .put("timestamp", line.time().toString())
                .put("idempotency_key", file.keyOf(number, meter));
        event.putObject("metadata")
                .put("method", line.method())
                .put("path", line.path())
                .put("status", line.status());
        return event;
    }
}
