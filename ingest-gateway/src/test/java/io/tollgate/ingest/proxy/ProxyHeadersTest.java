package io.tollgate.ingest.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyHeadersTest {
    private static ProxyCall call(Map<String, String> headers, Optional<String> body) {
        return new ProxyCall(
                Optional.empty(),
                "m",
                URI.create("https://api.example.com/"),
                "POST",
                headers,
                body,
                Optional.empty(),
                Optional.empty(),
                ProxyCall.TIMEOUT_DEFAULT);
    }

    @Test
    void credentialsConnectionHeadersAndOursAreWithheld() {
        Map<String, String> sent = Map.of(
                "Authorization", "Bearer x",
                "Host", "evil",
                "Content-Length", "3",
                "Connection", "upgrade",
                "X-TrackTags-Plan-Id", "enterprise",
                "X-Webhook-Secret-Primary", "forged",
                "X-Api-Key", "k");

        assertThat(ProxyHeaders.forwarded(call(sent, Optional.empty()), Map.of("x-tracktags-proxied", "true")))
                .containsOnly(Map.entry("x-api-key", "k"), Map.entry("x-tracktags-proxied", "true"));
    }

    @Test
    void aBodyIsJsonUnlessTheCallerSays() {
        assertThat(ProxyHeaders.forwarded(call(Map.of(), Optional.of("{}")), Map.of()))
                .containsEntry("content-type", "application/json");
        assertThat(ProxyHeaders.forwarded(call(Map.of("Content-Type", "text/csv"), Optional.of("a")), Map.of()))
                .containsEntry("content-type", "text/csv");
    }

    @ParameterizedTest
    @CsvSource({
        "https://tollgate.example.com/x, true",
        "https://TOLLGATE.example.com:443/x, true",
        "http://tollgate.example.com/x, false",
        "https://other.example.com/api/v1/proxy/x, true",
        "https://other.example.com/, false"
    })
    void ownAddressAndOwnPathLoop(String target, boolean loops) {
        assertThat(new LoopCheck(URI.create("https://tollgate.example.com")).loops(URI.create(target)))
                .isEqualTo(loops);
    }

    @ParameterizedTest
    @CsvSource({"X-TrackTags-Customer-Id, true", "x-tollgate-proxied, true", "x-tracktags-business-id, false"})
    void twoHeadersMarkAProxiedCall(String name, boolean marks) {
        assertThat(ProxyHeaders.marksProxied(name)).isEqualTo(marks);
    }
}
