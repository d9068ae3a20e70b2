package io.tollgate.server.receipt.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.UsageReads;
import io.tollgate.billing.usage.http.Freshness;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.http.JsonBody;
import io.tollgate.ingest.receipt.Receipt;
import io.tollgate.ingest.receipt.ReceiptKeyring;
import io.tollgate.server.receipt.ReceiptCheck;
import io.tollgate.server.receipt.RecentLog;
import io.tollgate.server.receipt.SavedReceipt;
import io.tollgate.server.receipt.UsageLog;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// `POST /api/v1/receipts/verify`: whether a receipt was given out by this installation, over these ids, and what has
/// become of its events. A receipt does not go bad: what the log no longer keeps is told from what is stored. Without
/// the ids, the events are those that the log holds where the receipt says.
@Controller("/api/v1/receipts")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class ReceiptController {
    private static final String INVALID = "Invalid request body";

    /// As many as one request reports.
    private static final int IDS_MAX = 1_000;

    private final ReceiptCheck check;
    private final RecentLog log;
    private final UsageReads reads;
    private final ReadBarrier barrier;

    public ReceiptController(ReceiptKeyring keyring, RecentLog log, UsageReads reads, ReadBarrier barrier) {
        this.check = new ReceiptCheck(keyring.published(), Optional.empty());
        this.log = log;
        this.reads = reads;
        this.barrier = barrier;
    }

    @Post("/verify")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> verify(HttpRequest<byte[]> request) {
        Freshness freshness = Freshness.awaitWhole(request, barrier);
        JsonNode body = JsonBody.object(request, INVALID, INVALID);
        Receipt receipt = read("receipt", () -> SavedReceipt.receipt(body));
        if (!receipt.organizationId().equals(freshness.organizationId())) {
            throw Problem.of(ErrorCode.ORGANIZATION_MISMATCH, "The receipt is another organization's.");
        }
        boolean withIds = body.hasNonNull("event_ids") || body.hasNonNull("event_id");
        Optional<String> fault;
        List<EventId> ids;
        if (withIds) {
            SavedReceipt saved = read("event_ids", () -> SavedReceipt.read(body));
            if (saved.ids().size() > IDS_MAX) {
                throw invalid("event_ids", "must have at most " + IDS_MAX + " ids");
            }
            fault = check.fault(saved);
            ids = saved.ids();
        } else {
            fault = check.faultOfSignature(receipt);
            // A receipt that nobody signed may name any place of the log.
            ids = fault.isPresent() ? List.of() : inLog(receipt);
        }
        return freshness.answer(toJson(fault, ids, freshness.organizationId()));
    }

    private List<EventId> inLog(Receipt receipt) {
        List<UsageLog.Entry> entries = log.read(receipt)
                .orElseThrow(() -> Problem.of(
                                ErrorCode.LOG_UNAVAILABLE, "The log cannot be read now: ask again, or send event_ids.")
                        .retryAfter(1));
        return entries.stream()
                .filter(entry -> entry.batchId().equals(receipt.batchId().value())
                        && entry.organizationId()
                                .equals(receipt.organizationId().value()))
                .flatMap(entry -> entry.ids().stream())
                .toList();
    }

    private static <T> T read(String field, Supplier<T> reader) {
        try {
            return reader.get();
        } catch (IllegalArgumentException e) {
            throw invalid(field, String.valueOf(e.getMessage()));
        }
    }

    private static Problem invalid(String field, String message) {
        return Problem.invalid(
                ErrorCode.VALIDATION_FAILED, List.of(new Problem.FieldError(field, "invalid_value", message)));
    }

    private byte[] toJson(Optional<String> fault, List<EventId> ids, OrganizationId organizationId) {
        // What a receipt that does not hold lists is anybody's invention.
        Map<String, String> statuses = fault.isPresent()
                ? Map.of()
                : reads.statuses(
                        organizationId, ids.stream().map(EventId::value).toList());
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("valid", fault.isEmpty());
        json.put("reason", fault.orElse(null));
        ArrayNode events = json.putArray("events");
        if (fault.isEmpty()) {
            for (EventId id : ids) {
                String status = statuses.getOrDefault(id.value(), "UNKNOWN");
                events.addObject()
                        .put("event_id", id.value())
                        .put("status", status)
                        .put("counted", status.equals("ACCEPTED"));
            }
        }
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }
}
