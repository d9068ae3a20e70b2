package io.tollgate.control.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnOriginsTest {
    private static final OwnOrigins ORIGINS = new OwnOrigins(
            URI.create("https://app.example.com/base"), List.of(URI.create("http://console.example.com:3000")));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://app.example.com",
                "https://APP.example.com:443",
                "https://app.example.com/some/page?a=b",
                "http://console.example.com:3000"
            })
    void ownPagesAreKnownHoweverTheyAreWritten(String address) {
        assertThat(ORIGINS.own(address)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "http://app.example.com",
                "https://app.example.com:8443",
                "https://app.example.com.evil.example",
                "https://app.example.com@evil.example",
                "https://evil.example/https://app.example.com",
                "http://console.example.com",
                "//app.example.com",
                "https:app.example.com",
                "ht tp://app.example.com"
            })
    void otherPagesAreNot(String address) {
        assertThat(ORIGINS.own(address)).isFalse();
    }

    @Test
    void linksLeadToOwnPagesOnly() {
        assertThat(ORIGINS.link("/invite", "t")).isEqualTo("https://app.example.com/base/invite?token=t");
        assertThat(ORIGINS.chosenLink("/new-password", "t")).contains("https://app.example.com/new-password?token=t");
        assertThat(ORIGINS.chosenLink("http://console.example.com:3000/p?a=b", "t"))
                .contains("http://console.example.com:3000/p?a=b&token=t");
        assertThat(ORIGINS.chosenLink("https://evil.example/p", "t")).isEmpty();
        assertThat(ORIGINS.chosenLink("//evil.example/p", "t")).isEmpty();
        assertThat(ORIGINS.chosenLink("javascript:alert(1)", "t")).isEmpty();
    }
}
