package io.tollgate.server.receipt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.BatchId;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.receipt.Receipt;
import io.tollgate.ingest.receipt.ReceiptKey;
import io.tollgate.server.receipt.UsageLog.Entry;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiptCheckTest {
    private static final Instant ISSUED_AT = Instant.parse("2026-03-04T10:15:30.120Z");
    private static final OrganizationId DEMO = new OrganizationId("biz_demo");
    private static final BatchId BATCH = new BatchId("bat_1");
    private static final ReceiptKey KEY = ReceiptKey.random();
    private static final EventId A = id("a");
    private static final EventId B = id("b");
    private static final EventId C = id("c");
    /// Of an earlier request.
    private static final EventId OLD = id("old");

    /// Offsets of partition 0: the batch is at 7 and 9.
    private final Map<Long, Entry> log = new TreeMap<>(Map.of(
            6L, new Entry(6, "biz_demo", "bat_0", List.of(OLD)),
            7L, new Entry(7, "biz_demo", "bat_1", List.of(A, B)),
            8L, new Entry(8, "biz_demo", "bat_2", List.of(id("other"))),
            9L, new Entry(9, "biz_demo", "bat_1", List.of(C))));

    private final ReceiptCheck check = new ReceiptCheck(List.of(KEY.publicKey()), Optional.of(this::read));

    @Test
    void whatTheLogHoldsHolds() {
        assertThat(check.fault(saved(List.of(A, OLD, B, C), 3))).isEmpty();
        assertThat(check.fault(new SavedReceipt(receipt(List.of(A, B, C)), List.of(A, B, C), OptionalInt.empty())))
                .isEmpty();
    }

    @Test
    void nothingNewHolds() {
        Receipt receipt = Receipt.issued(KEY, BATCH, DEMO, List.of(OLD), List.of(), ISSUED_AT);
        assertThat(check.fault(new SavedReceipt(receipt, List.of(OLD), OptionalInt.of(0))))
                .isEmpty();
    }

    @Test
    void idsMustBeThoseThatWereSigned() {
        Receipt receipt = receipt(List.of(A, B, C));
        assertThat(check.fault(new SavedReceipt(receipt, List.of(A, C, B), OptionalInt.of(3))))
                .hasValue("the event ids are not those that were signed");
        assertThat(check.fault(new SavedReceipt(receipt, List.of(A, B), OptionalInt.of(3))))
                .hasValue("it covers 3 events, and the answer lists 2");
    }

    @Test
    void theKeyMustBeKnownAndHaveSigned() {
        SavedReceipt saved = saved(List.of(A, B, C), 3);
        ReceiptKey other = ReceiptKey.random();
        assertThat(new ReceiptCheck(List.of(other.publicKey()), Optional.empty()).fault(saved))
                .hasValue("key " + KEY.publicKey().id() + " is not among the keys");
        Receipt receipt = saved.receipt();
        Receipt moved = new Receipt(
                receipt.batchId(),
                new OrganizationId("biz_other"),
                receipt.issuedAt(),
                receipt.events(),
                receipt.ranges(),
                receipt.sha256(),
                receipt.keyId(),
                receipt.signature());
        assertThat(check.fault(new SavedReceipt(moved, saved.ids(), saved.newEvents())))
                .hasValue("the signature is not that of this receipt");
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 9})
    void everyRecordMustBeThere(long gone) {
        log.remove(gone);
        assertThat(check.fault(saved(List.of(A, B, C), 3)))
                .hasValue("partition 0 offset " + gone + " is not in the log, which keeps 30 days");
    }

    @ParameterizedTest
    @CsvSource({"biz_demo, bat_2", "biz_other, bat_1", "'', ''"})
    void recordsMustBeOfTheBatch(String organization, String batch) {
        log.put(9L, new Entry(9, organization, batch, List.of(C)));
        assertThat(check.fault(saved(List.of(A, B, C), 3)))
                .hasValue("partition 0 offset 9 does not hold a record of this batch");
    }

    @Test
    void theLogHoldsNoOtherEvents() {
        log.put(9L, new Entry(9, "biz_demo", "bat_1", List.of(C, OLD)));
        assertThat(check.fault(saved(List.of(A, B, C), 3)))
                .hasValue("partition 0 offset 9 holds " + OLD + ", which the answer does not list, or not again");
        log.put(9L, new Entry(9, "biz_demo", "bat_1", List.of(A)));
        assertThat(check.fault(saved(List.of(A, B, C), 3)).orElseThrow()).contains("holds " + A);
    }

    @Test
    void theLogHoldsAsManyAsTheAnswerCallsNew() {
        log.put(9L, new Entry(9, "biz_demo", "bat_1", List.of()));
        assertThat(check.fault(saved(List.of(A, B, C), 3)))
                .hasValue("the log holds 2 new events of it, and the answer says 3");
    }

    @Test
    void withoutALogSignatureAndDigestAreChecked() {
        ReceiptCheck offline = new ReceiptCheck(List.of(KEY.publicKey()), Optional.empty());
        assertThat(offline.fault(saved(List.of(A, B, C), 3))).isEmpty();
    }

    @Test
    void answersAreReadAsTheyAreWritten() throws Exception {
        Receipt receipt = receipt(List.of(A, B, C));
        SavedReceipt batch = SavedReceipt.read(answer(receipt, """
                {"success":true,"count":3,"new_events":2,"event_ids":["%s","%s","%s"]}""".formatted(A, B, C)));
        assertThat(batch).isEqualTo(new SavedReceipt(receipt, List.of(A, B, C), OptionalInt.of(2)));

        SavedReceipt single = SavedReceipt.read(answer(receipt, """
                {"success":true,"event_id":"%s","deduplicated":true}""".formatted(A)));
        assertThat(single).isEqualTo(new SavedReceipt(receipt, List.of(A), OptionalInt.of(0)));
    }

    @Test
    void whatNobodySignsIsNoReceipt() throws Exception {
        Receipt receipt = receipt(List.of(A));
        JsonNode more = answer(receipt, "{\"event_id\":\"" + A + "\"}");
        ((ObjectNode) more.path("receipt")).put("amount", 7);
        assertThatThrownBy(() -> SavedReceipt.read(more)).hasMessageContaining("amount");

        JsonNode less = answer(receipt, "{\"event_id\":\"" + A + "\"}");
        ((ObjectNode) less.path("receipt")).remove("ranges");
        assertThatThrownBy(() -> SavedReceipt.read(less)).hasMessage("the receipt has no ranges");
        assertThatThrownBy(() -> SavedReceipt.read(new ObjectMapper().readTree("{\"event_id\":\"x\"}")))
                .hasMessage("there is no receipt in it");
        assertThatThrownBy(() -> SavedReceipt.read(answer(receipt, "{}"))).hasMessage("there are no event ids in it");
    }

    @Test
    void keySetsAreReadBack() {
        List<io.tollgate.ingest.receipt.ReceiptPublicKey> keys =
                List.of(KEY.publicKey(), ReceiptKey.random().publicKey());
        assertThat(KeySet.read(KeySet.write(keys))).isEqualTo(keys);
        assertThat(KeySet.read("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"x\"}]}")).isEmpty();
        assertThatThrownBy(() -> KeySet.read("{}")).hasMessage("has no member keys");
        assertThatThrownBy(() -> KeySet.read("keys")).hasMessage("is not JSON");
    }

    private List<Entry> read(Receipt.Range range) {
        return log.values().stream()
                .filter(entry -> entry.offset() >= range.firstOffset() && entry.offset() <= range.lastOffset())
                .toList();
    }

    private static SavedReceipt saved(List<EventId> ids, int newEvents) {
        return new SavedReceipt(receipt(ids), ids, OptionalInt.of(newEvents));
    }

    private static Receipt receipt(List<EventId> ids) {
        return Receipt.issued(
                KEY,
                BATCH,
                DEMO,
                ids,
                List.of(new Appended.Landed(0, 7, ISSUED_AT), new Appended.Landed(0, 9, ISSUED_AT)),
                ISSUED_AT);
    }

    private static JsonNode answer(Receipt receipt, String body) throws Exception {
        ObjectMapper json = new ObjectMapper();
        ObjectNode answer = (ObjectNode) json.readTree(body);
        ObjectNode written = answer.putObject("receipt")
                .put("batch_id", receipt.batchId().value())
                .put("organization_id", receipt.organizationId().value())
                .put("issued_at", receipt.issuedAt().toString())
                .put("events", receipt.events())
                .put("sha256", receipt.sha256())
                .put("key_id", receipt.keyId())
                .put("signature", receipt.signature());
        for (Receipt.Range range : receipt.ranges()) {
            written.withArray("ranges")
                    .addObject()
                    .put("topic", range.topic())
                    .put("partition", range.partition())
                    .put("first_offset", range.firstOffset())
                    .put("last_offset", range.lastOffset());
        }
        return answer;
    }

    private static EventId id(String key) {
        return EventId.derived(DEMO, SubjectId.tenant(new TenantId("t")), key);
    }
}
