package io.tollgate.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.contract.wire.HttpSchemaRegistry;
import io.tollgate.contract.wire.RegistryUnavailableException;
import io.tollgate.ingest.receipt.Receipt;
import io.tollgate.ingest.receipt.ReceiptPublicKey;
import io.tollgate.server.config.Settings;
import io.tollgate.server.embedded.RunningInstance;
import io.tollgate.server.embedded.Secrets;
import io.tollgate.server.logging.Logging;
import io.tollgate.server.receipt.KeySet;
import io.tollgate.server.receipt.ReceiptCheck;
import io.tollgate.server.receipt.SavedReceipt;
import io.tollgate.server.receipt.kafka.KafkaUsageLog;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tollgate receipts verify`: checks kept receipts against their keys and the log.
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Check receipts: signature, digest over the event ids, and that the log holds exactly the records they name.",
            "FILE holds answers to POST /api/v1/events?receipt=true, one after another, as curl saves them.",
            "Exits 1 if one does not hold, and says why."
        })
final class ReceiptsVerifyCommand implements Callable<Integer> {
    private static final String INSTEAD = "--kafka and --registry, or --offline";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String WELL_KNOWN = "/.well-known/tollgate-receipt-keys.json";
    private static final int OK = 200;

    /// A server's keys over many years; a longer answer is something else.
    private static final int KEYS_CHARACTERS_MAX = 1 << 20;

    @Parameters(paramLabel = "FILE", description = "The answers that carry the receipts.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path file;

    @Option(
            names = "--keys",
            paramLabel = "URL|FILE",
            description =
                    "The public keys, a JSON Web Key set: a file, the address of one, or that of a server (default: the"
                            + " keys in the data folder).")
    private @Nullable String keys;

    @Mixin
    private final LogOptions log = new LogOptions();

    @Option(names = "--offline", description = "Check signatures and digests only, without the log.")
    private boolean offline;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /// How many receipts there were, and how many of them do not hold.
    private record Tally(int receipts, int faulty) {}

    @Override
    public Integer call() {
        Settings settings = Settings.load();
        // The table is all there is to say; Kafka's client would tell the story of its connection.
        Logging.apply(settings.logFormat(), "error");
        Optional<RunningInstance> running = RunningInstance.read(settings.data());
        List<ReceiptPublicKey> published = published(settings, running);
        Tally tally =
                offline ? checked(new ReceiptCheck(published, Optional.empty())) : inLog(published, settings, running);
        if (tally.receipts() == 0) {
            throw new CommandFailure(file + " holds no answers.");
        }
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "%n%,d receipts: %,d hold, %,d do not%s.%n",
                        tally.receipts(),
                        tally.receipts() - tally.faulty(),
                        tally.faulty(),
                        offline ? " (signatures and digests only)" : "");
        spec.commandLine().getOut().flush();
        return tally.faulty() == 0 ? 0 : TollgateCommand.FAILED;
    }

    private Tally inLog(List<ReceiptPublicKey> published, Settings settings, Optional<RunningInstance> running) {
        String servers = log.servers(settings, running, INSTEAD);
        String schemas = log.schemas(settings, running, INSTEAD);
        try (KafkaUsageLog usage = new KafkaUsageLog(servers, new HttpSchemaRegistry(schemas))) {
            return checked(new ReceiptCheck(published, Optional.of(usage)));
        } catch (KafkaException e) {
            throw new CommandFailure("the log at " + servers + " cannot be read: " + e.getMessage() + ".");
        } catch (RegistryUnavailableException e) {
            throw new CommandFailure(e.getMessage() + "; check --registry.");
        }
    }

    private Tally checked(ReceiptCheck check) {
        PrintWriter out = spec.commandLine().getOut();
        int receipts = 0;
        int faulty = 0;
        out.printf(Locale.ROOT, "%5s  %-30s %7s  %-24s %s%n", "#", "batch", "events", "log", "result");
        try (MappingIterator<JsonNode> answers =
                new ObjectMapper().readerFor(JsonNode.class).readValues(file.toFile())) {
            while (answers.hasNextValue()) {
                receipts++;
                if (!held(check, answers.nextValue(), receipts, out)) {
                    faulty++;
                }
            }
        } catch (JsonProcessingException e) {
            throw new CommandFailure(
                    "after " + receipts + " answers, " + file + " is not JSON: " + e.getOriginalMessage() + ".");
        } catch (IOException e) {
            throw new CommandFailure(file + " cannot be read: " + e.getMessage() + ".");
        }
        return new Tally(receipts, faulty);
    }

    private static boolean held(ReceiptCheck check, JsonNode answer, int number, PrintWriter out) {
        SavedReceipt saved;
        try {
            saved = SavedReceipt.read(answer);
        } catch (IllegalArgumentException e) {
            out.printf(Locale.ROOT, "%5d  %-30s %7s  %-24s FAILED: %s%n", number, "-", "-", "-", e.getMessage());
            return false;
        }
        Receipt receipt = saved.receipt();
        Optional<String> fault = check.fault(saved);
        out.printf(
                Locale.ROOT,
                "%5d  %-30s %7d  %-24s %s%n",
                number,
                receipt.batchId().value(),
                receipt.events(),
                ranges(receipt),
                fault.map(why -> "FAILED: " + why).orElse("ok"));
        out.flush();
        return fault.isEmpty();
    }

    /// `partition:first-last`, the first few of them.
    private static String ranges(Receipt receipt) {
        if (receipt.ranges().isEmpty()) {
            return "nothing new";
        }
        String shown = receipt.ranges().stream()
                .limit(2)
                .map(range -> range.partition() + ":" + range.firstOffset()
                        + (range.firstOffset() == range.lastOffset() ? "" : "-" + range.lastOffset()))
                .collect(Collectors.joining(" "));
        int more = receipt.ranges().size() - 2;
        return more > 0 ? shown + " +" + more : shown;
    }

    private List<ReceiptPublicKey> published(Settings settings, Optional<RunningInstance> running) {
        Path kept = Secrets.receiptKeysFileIn(settings.data());
        String source = keys != null
                ? keys
                : Files.isReadable(kept)
                        ? kept.toString()
                        : running.map(RunningInstance::url)
                                .orElseThrow(() ->
                                        new CommandFailure("there are no keys in this data folder: give --keys."));
        try {
            return KeySet.read(
                    source.startsWith("http://") || source.startsWith("https://")
                            ? fetched(source)
                            : Files.readString(Path.of(source)));
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("the key set " + source + " " + e.getMessage() + ".");
        } catch (IOException e) {
            throw new CommandFailure("the keys " + source + " cannot be read: " + e.getMessage() + ".");
        }
    }

    private static String fetched(String url) throws IOException {
        URI address = URI.create(url.endsWith(".json") ? url : url.replaceAll("/+$", "") + WELL_KNOWN);
        try (HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(address).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != OK || answer.body().length() > KEYS_CHARACTERS_MAX) {
                throw new IOException("the server answers " + answer.statusCode());
            }
            return answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
