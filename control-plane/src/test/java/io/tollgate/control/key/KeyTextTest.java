package io.tollgate.control.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class KeyTextTest {
    @Test
    void keyIsPrefixAnd48HexDigits() {
        KeyText key = KeyText.ofOrganization(new SecureRandom());

        assertThat(key.reveal()).matches("tk_live_[0-9a-f]{48}");
        assertThat(key.prefix()).hasSize(12).isEqualTo(key.reveal().substring(0, 12));
    }

    /// The hash is what gateways compute of the text that a caller sends.
    @Test
    void hashIsSha256OfTheWholeText() {
        KeyText key = KeyText.ofOrganization(() -> 0L);

        assertThat(key.reveal()).isEqualTo("tk_live_" + "0".repeat(48));
        // printf 'tk_live_000000000000000000000000000000000000000000000000' | sha256sum
        assertThat(key.hash()).isEqualTo("ae82f2a0e1d57dc939160c8335b7441d4e045ade4b80c237259fab4a70828596");
    }

    @Test
    void textDoesNotLeakIntoLogs() {
        KeyText key = KeyText.ofOrganization(new SecureRandom());

        assertThat(key.toString()).doesNotContain(key.reveal().substring(12));
    }
}
