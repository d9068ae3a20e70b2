package io.tollgate.metering.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestCountsTest {
    private final RequestCounts counts = new RequestCounts();

    /// Vectors V12a and b of the domain, and neighbours. Bounds are `per:limit`; a request is its time in seconds with
    /// what becomes of it: `+remaining`, or `-limit@resetAt/retryAfter`.
    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        case              | bounds             | requests
        V12a              | SECOND:3           | 0.000+2 0.200+1 0.900+0 0.950-3@1/1 1.000+0 1.050-3@1.2/1 1.200+0
        V12b              | SECOND:4 MINUTE:6  | 0.0+3 0.1+2 0.2+1 0.3+0 0.4-4@1/1 1.5+1 1.6+0 2.0-6@60/58
        refused, no count | SECOND:1           | 0+0 0.5-1@1/1 0.9-1@1/1 1+0
        burst             | BURST:2 SECOND:5   | 0+1 0.05+0 0.06-2@0.1/1 0.1+0 0.15+0 0.151-2@0.2/1 0.2+0 0.3-5@1/1 1+0
        shortest is named | HOUR:1 SECOND:1    | 0+0 0.5-1@1/1 1-1@3600/3599 3600+0
        a clock goes back | SECOND:2           | 5+1 4+0 4.5-2@6/1 5.999-2@6/1 6+1
        """)
    void requestsPassAsOftenAsTheLimitsSay(String name, String bounds, String requests) {
        List<RateLimit> limits = List.of(limit("", bounds));
        List<String> said = new ArrayList<>();
        for (String request : requests.split(" ")) {
            said.add(said(request.split("[+-]")[0], limits));
        }
        assertThat(String.join(" ", said)).isEqualTo(requests);
    }

    @Test
    void theOrganizationAndTheKeyAreCountedTogether() {
        RateLimit all = limit("", "MINUTE:5");
        RateLimit first = limit("first", "SECOND:2");

        assertThat(said("0", List.of(all, first))).isEqualTo("0+1");
        assertThat(said("0", List.of(all, first))).isEqualTo("0+0");
        assertThat(said("0", List.of(all, first))).isEqualTo("0-2@1/1");
        assertThat(said("0", List.of(all))).isEqualTo("0+2");
        assertThat(said("1", List.of(all, first))).isEqualTo("1+1");
        assertThat(said("1", List.of(all))).isEqualTo("1+0");
        assertThat(said("1", List.of(all, first))).isEqualTo("1-5@60/59");
        // The refusal by the organization took no place of the key's.
        assertThat(said("1", List.of(first))).isEqualTo("1+0");
    }

    @Test
    void theTightestBoundIsTold() {
        List<RateLimit> limits = List.of(limit("", "SECOND:10 MINUTE:12"));

        assertThat(counts.count(limits, at("0"))).isEqualTo(new RateVerdict.Passed(10, 9, at("1")));
        for (int request = 0; request < 8; request++) {
            counts.count(limits, at("0"));
        }
        assertThat(counts.count(limits, at("1"))).isEqualTo(new RateVerdict.Passed(12, 2, at("60")));
    }

    @Test
    void aChangedLimitHoldsForWhatPassedBefore() {
        List<RateLimit> three = List.of(limit("", "MINUTE:3"));
        counts.count(three, at("0"));
        counts.count(three, at("1"));
        counts.count(three, at("2"));

        assertThat(said("3", List.of(limit("", "MINUTE:1")))).isEqualTo("3-1@62/59");
        assertThat(said("3", List.of(limit("", "MINUTE:5")))).isEqualTo("3+1");
        assertThat(said("3", List.of(limit("", "MINUTE:20000")))).isEqualTo("3+19995");
        assertThat(said("4", three)).isEqualTo("4-3@62/58");
    }

    @Test
    void whatOthersLetPassCounts() {
        List<RateLimit> two = List.of(limit("", "SECOND:2"));
        counts.passed(two, at("0"));
        counts.passed(two, at("0.5"));
        counts.passed(two, at("0.6"));

        assertThat(said("0.7", two)).isEqualTo("0.7-2@1/1");
        assertThat(said("1", two)).isEqualTo("1+0");
    }

    @Test
    void keysThatAreIdleAreForgotten() {
        for (int key = 0; key < 1_000; key++) {
            counts.count(List.of(limit("", "SECOND:5"), limit("key" + key, "SECOND:5")), at(Integer.toString(key)));
        }
        assertThat(counts.bytes()).isLessThan(2_000);
        assertThat(said("999", List.of(limit("", "SECOND:5")))).isEqualTo("999+3");
    }

    private String said(String seconds, List<RateLimit> limits) {
        return switch (counts.count(limits, at(seconds))) {
            case RateVerdict.Passed passed -> seconds + "+" + passed.remaining();
            case RateVerdict.Refused refused ->
                seconds + "-" + refused.limit() + "@" + seconds(refused.resetAt()) + "/" + refused.retryAfterSeconds();
        };
    }

    private static RateLimit limit(String key, String bounds) {
        List<RateBound> parsed = new ArrayList<>();
        for (String bound : bounds.split(" ")) {
            String[] parts = bound.split(":");
            parsed.add(new RateBound(RateSpan.valueOf(parts[0]), Integer.parseInt(parts[1])));
        }
        return new RateLimit(Optional.of(key).filter(id -> !id.isEmpty()), parsed);
    }

    private static Instant at(String seconds) {
        return Instant.EPOCH.plusNanos(new BigDecimal(seconds).movePointRight(9).longValueExact());
    }

    private static String seconds(Instant instant) {
        return BigDecimal.valueOf(instant.getEpochSecond())
                .add(BigDecimal.valueOf(instant.getNano(), 9))
                .stripTrailingZeros()
                .toPlainString();
    }
}
