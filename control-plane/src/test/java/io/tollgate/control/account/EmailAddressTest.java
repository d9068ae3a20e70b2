package io.tollgate.control.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmailAddressTest {
    /// Tests run with a Turkish locale, in which I is not the upper case of i.
    @Test
    void addressesAreComparedInLowerCase() {
        assertThat(EmailAddress.of("INGRID@Example.COM")).isEqualTo(EmailAddress.of("ingrid@example.com"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "@b.c",
                "a@",
                "a@b@c",
                "a b@c.d",
                "a@b.c\r\nBcc: d@e.f",
                "Ann <a@b.c>",
                "a@b.c,d@e.f",
                "\"a\"@b.c"
            })
    void whatAMailProgramMightReadOtherwiseIsNoAddress(String text) {
        assertThatThrownBy(() -> EmailAddress.of(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void lengthIsBounded() {
        String longest = "a".repeat(EmailAddress.LENGTH_MAX - 4) + "@b.c";

        assertThat(EmailAddress.of(longest).value()).hasSize(EmailAddress.LENGTH_MAX);
        assertThatThrownBy(() -> EmailAddress.of("a" + longest)).isInstanceOf(IllegalArgumentException.class);
    }
}
