package io.tollgate.bench;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// `benchmarks/RESULTS.md`.
final class ResultsPage {
    /// How each measurement is to be read, by name, in the order of the page.
    static final Map<String, String> READINGS = Map.ofEntries(
            Map.entry(
                    StartUp.NAME,
                    "A process of its own on an empty folder: it makes the database, formats Kafka, and joins its own"
                            + " consumer groups. A later start has less to do."),
            Map.entry(
                    Aggregation.NAME,
                    "Both work off the same number of events with the same keys. The limit looks each key up in one"
                            + " RocksDB store and passes the event on; the aggregator looks up two spans of keys, adds to four"
                            + " windows, and writes the changed ones. It reads 1,000 events a record, the limit one."),
            Map.entry(
                    Sink.NAME,
                    "The limit copies the rows that the sink has just written, without reading Kafka or decoding Avro, into"
                            + " one table that is not partitioned, with the same indexes."),
            Map.entry(
                    Latency.NAME,
                    "One event at a time. A counter shows an event once its record is processed; a row once the transaction"
                            + " that counts it is committed (every 100 ms) and the sink has stored it."),
            Map.entry(
                    SingleLoad.NAME,
                    "Every request waits for the broker's acknowledgement; the limit waits for nothing. Counting runs behind."),
            Map.entry(
                    BatchLoads.INGEST,
                    "The limit is Kafka's producer with the gateway's settings, sending the very records that the gateway"
                            + " has written in the round. With 1 tenant a batch a record holds 1,000 events, and the producer does"
                            + " almost nothing per event; with 1,000 tenants a batch each event is a record of its own."),
            Map.entry(
                    ProxyHop.NAME,
                    "The limit passes each request on, on the event loop that read it, over a connection of its own. The proxy"
                            + " authenticates, reads the call, reads the counters that its limits are about, resolves and judges"
                            + " the target, and wraps the answer in JSON."),
            Map.entry(
                    DefinitionScale.NAME,
                    "One plan with one limit per organization. Read from the topics into an empty process's memory, as a gateway"
                            + " does before it is ready; the heap is what is left after a collection."),
            Map.entry(
                    Simulation.NAME,
                    "From the request until its answer can be read, the second that the worker may sleep before it looks"
                            + " included. 1,095,000 daily snapshots are added up, and the hours of the one day in which prices"
                            + " change; each candidate prices 36,000 lines of its own beside those in force."),
            Map.entry(
                    Invoicing.NAME,
                    "One tenant, two meters, one month; from the request until its answer. Finalizing sums once more, reads the"
                            + " events in the order of their ids, hashes each, and counts what became of all of them."),
            Map.entry(
                    BatchLoads.PIPELINE,
                    "From the first request until the last event of the round is counted (or is a row), so the lag at the end"
                            + " of the load is worked off within the time."));

    private static final List<String> ORDER = List.of(
            BatchLoads.INGEST,
            BatchLoads.PIPELINE,
            SingleLoad.NAME,
            Latency.NAME,
            Aggregation.NAME,
            Sink.NAME,
            AdmissionCost.NAME,
            ProxyHop.NAME,
            DefinitionScale.NAME,
            Simulation.NAME,
            Invoicing.NAME,
            StartUp.NAME);

    private ResultsPage() {}

    static List<Figure> inOrder(List<Figure> figures) {
        List<Figure> sorted = new ArrayList<>();
        for (String name : ORDER) {
            figures.stream().filter(figure -> figure.measurement().equals(name)).forEach(sorted::add);
        }
        return sorted;
    }

    static String of(List<Figure> figures, Map<String, String> facts, String command, Instant when, Duration took) {
        StringBuilder page = new StringBuilder("# Measurements\n\n");
        page.append("Written by `")
                .append(command)
                .append("` at ")
                .append(when.truncatedTo(ChronoUnit.SECONDS))
                .append(String.format(Locale.ROOT, ", which took %d s.", took.toSeconds()))
                .append(" [README.md](README.md) says how to run and read it.\n\n");
        facts.forEach((name, fact) ->
                page.append("- ").append(name).append(": ").append(fact).append('\n'));
        page.append(
                "\nServer, broker, database and load generator share the processors. Each figure is the median of its rounds"
                        + " (least-greatest); a ratio is figure divided by limit, round by round; lag is the greatest number of"
                        + " events behind when a round's load ended.\n\n");
        page.append(Tables.forMarkdown(inOrder(figures)));
        page.append("\n## Reading\n\n");
        for (String name : ORDER) {
            if (figures.stream().anyMatch(figure -> figure.measurement().equals(name))) {
                page.append("- **")
                        .append(name)
                        .append("**: ")
                        .append(READINGS.get(name))
                        .append('\n');
            }
        }
        return page.toString();
    }
}
