package io.tollgate.control.organization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlugTest {
    private static final Instant NOW = Instant.ofEpochMilli(36);

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Acme            | acme-10
            ACME INC.       | acme-inc-10
            Café & Söhne    | cafe-sohne-10
            -- a --         | a-10
            株式会社          | 10
            """)
    void suggestionKeepsWhatCanStandInALink(String name, String slug) {
        assertThat(Slug.suggested(name, NOW)).isEqualTo(new Slug(slug));
    }

    /// Cut at a hyphen, it must not end with two.
    @Test
    void longNamesAreCut() {
        assertThat(Slug.suggested("a".repeat(47) + " and more", NOW).value()).isEqualTo("a".repeat(47) + "-10");
        assertThat(Slug.suggested("a".repeat(200), Instant.parse("9999-12-31T00:00:00Z"))
                        .value())
                .hasSizeLessThanOrEqualTo(Slug.LENGTH_MAX);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "a-", "-a", "a--b", "a b", "ä", "a/b"})
    void otherTextsAreNone(String text) {
        assertThatThrownBy(() -> Slug.of(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void slugsAreComparedInLowerCase() {
        assertThat(Slug.of("INFO")).isEqualTo(new Slug("info"));
    }
}
