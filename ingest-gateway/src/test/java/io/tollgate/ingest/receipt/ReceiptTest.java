package io.tollgate.ingest.receipt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tollgate.contract.BatchId;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.receipt.Receipt.Range;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.erdtman.jcs.JsonCanonicalizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiptTest {
    private static final Instant ISSUED_AT = Instant.parse("2026-03-04T10:15:30.120Z");
    private static final List<EventId> IDS =
            List.of(new EventId("evt_2rtphs4de9r778kbtm2pezgxmd"), new EventId("evt_23v5fd9fcgq8n48tqwwvbyeafe"));

    /// The key of RFC 8037, appendix A.1, with its public half from A.2 and its thumbprint from A.3.
    private static final String RFC_8037_KEY = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";

    private static final ReceiptKey KEY = ReceiptKey.fromText(RFC_8037_KEY);

    /// V7 f
    @Test
    void digestIsOverIdsAndLineFeeds() {
        assertThat(Receipt.digest(IDS)).isEqualTo("3202fdc6c87be7788c0ca89532fb25f8ed60c01b4e0d9b736aec99645bf1082a");
    }

    @Test
    void keysHaveTheirPublishedThumbprint() {
        assertThat(KEY.publicKey().x()).isEqualTo("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assertThat(KEY.publicKey().id()).isEqualTo("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assertThat(KEY.toText()).isEqualTo(RFC_8037_KEY);
        assertThat(KEY).asString().doesNotContain(RFC_8037_KEY);
    }

    @Test
    void newKeysAreReadBack() {
        ReceiptKey key = ReceiptKey.random();
        assertThat(ReceiptKey.fromText(key.toText()).publicKey()).isEqualTo(key.publicKey());
        assertThat(ReceiptKey.random().publicKey()).isNotEqualTo(key.publicKey());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "AAAA", "MC4CAQAwBQYDK2VuBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"})
    void otherTextsAreNoKeys(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> ReceiptKey.fromText(text));
    }

    @Test
    void whatIsSignedIsCanonicalJson() throws IOException {
        String signed = new String(receipt().signedBytes(), StandardCharsets.UTF_8);

        assertThat(signed).isEqualTo("""
                {"batch_id":"bat_1","events":2,"issued_at":"2026-03-04T10:15:30.120Z",\
                "key_id":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k","organization_id":"biz_\\"é",\
                "ranges":[{"first_offset":7,"last_offset":8,"partition":0,"topic":"tollgate.usage-events"},\
                {"first_offset":10,"last_offset":10,"partition":0,"topic":"tollgate.usage-events"},\
                {"first_offset":9,"last_offset":9,"partition":3,"topic":"tollgate.usage-events"}],\
                "sha256":"3202fdc6c87be7788c0ca89532fb25f8ed60c01b4e0d9b736aec99645bf1082a"}""");
        assertThat(new JsonCanonicalizer(signed).getEncodedString()).isEqualTo(signed);
    }

    @Test
    void theKeyThatSignedVerifies() {
        assertThat(receipt().signedBy(KEY.publicKey())).isTrue();
        assertThat(receipt().signedBy(ReceiptKey.random().publicKey())).isFalse();
    }

    static Stream<UnaryOperator<Receipt>> changes() {
        return Stream.of(
                r -> with(r, new BatchId("bat_2"), r.events(), r.ranges(), r.sha256(), r.signature()),
                r -> with(r, r.batchId(), 3, r.ranges(), r.sha256(), r.signature()),
                r -> with(r, r.batchId(), r.events(), r.ranges().subList(0, 2), r.sha256(), r.signature()),
                r -> with(r, r.batchId(), r.events(), r.ranges().reversed(), r.sha256(), r.signature()),
                r -> with(r, r.batchId(), r.events(), r.ranges(), Receipt.digest(IDS.reversed()), r.signature()),
                r -> with(r, r.batchId(), r.events(), r.ranges(), r.sha256(), ""),
                r -> with(r, r.batchId(), r.events(), r.ranges(), r.sha256(), "not base64!"),
                r -> with(
                        r,
                        r.batchId(),
                        r.events(),
                        r.ranges(),
                        r.sha256(),
                        r.signature().replace('A', 'B') + "AA"));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void whateverIsChangedIsNoticed(UnaryOperator<Receipt> change) {
        assertThat(change.apply(receipt()).signedBy(KEY.publicKey())).isFalse();
    }

    @Test
    void nothingNewHasNoRanges() {
        Receipt receipt =
                Receipt.issued(KEY, new BatchId("bat_1"), new OrganizationId("biz_demo"), IDS, List.of(), ISSUED_AT);
        assertThat(receipt.ranges()).isEmpty();
        assertThat(receipt.events()).isEqualTo(2);
        assertThat(receipt.signedBy(KEY.publicKey())).isTrue();
    }

    private static Receipt receipt() {
        return Receipt.issued(
                KEY,
                new BatchId("bat_1"),
                new OrganizationId("biz_\"é"),
                IDS,
                Arrays.asList(landed(3, 9), landed(0, 8), landed(0, 10), landed(0, 7)),
                ISSUED_AT);
    }

    private static Appended.Landed landed(int partition, long offset) {
        return new Appended.Landed(partition, offset, ISSUED_AT);
    }

    private static Receipt with(
            Receipt r, BatchId batchId, int events, List<Range> ranges, String sha256, String signature) {
        return new Receipt(batchId, r.organizationId(), r.issuedAt(), events, ranges, sha256, r.keyId(), signature);
    }
}
