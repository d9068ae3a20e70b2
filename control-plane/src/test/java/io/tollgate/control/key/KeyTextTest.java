package io.tollgate.control.key;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyTextTest {
    private static final OrganizationId ORGANIZATION = new OrganizationId("biz_1");
    private static final KeyHolder HOLDER = new KeyHolder.OfOrganization(ORGANIZATION);

    /// A key says by its prefix what it is; gateways refuse other prefixes unseen.
    @Test
    void eachKindHasItsPrefix() {
        SecureRandom random = new SecureRandom();

        assertThat(KeyText.of(new KeyHolder.OfTenant(ORGANIZATION, new TenantId("t")), random)
                        .reveal())
                .matches("ck_live_[0-9a-f]{48}");
        assertThat(KeyText.scoped(random).reveal()).matches("usa_[0-9a-f]{48}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "tk_live_",
                "sk_live_000000000000000000000000000000000000000000000000",
                "usa_00000000000000000000000000000000000000000000000G",
                "usa_0000000000000000000000000000000000000000000000000"
            })
    void otherTextsAreNoKeys(String text) {
        assertThat(KeyText.sent(text)).isEmpty();
    }

    @Test
    void sentTextIsLookedUpByTheSameHash() {
        KeyText key = KeyText.scoped(new SecureRandom());

        assertThat(KeyText.sent(key.reveal()).orElseThrow().hash()).isEqualTo(key.hash());
    }

    @Test
    void keyIsPrefixAnd48HexDigits() {
        KeyText key = KeyText.of(HOLDER, new SecureRandom());

        assertThat(key.reveal()).matches("tk_live_[0-9a-f]{48}");
        assertThat(key.prefix()).hasSize(12).isEqualTo(key.reveal().substring(0, 12));
    }

    /// The hash is what gateways compute of the text that a caller sends.
    @Test
    void hashIsSha256OfTheWholeText() {
        KeyText key = KeyText.of(HOLDER, () -> 0L);

        assertThat(key.reveal()).isEqualTo("tk_live_" + "0".repeat(48));
        // printf 'tk_live_000000000000000000000000000000000000000000000000' | sha256sum
        assertThat(key.hash()).isEqualTo("ae82f2a0e1d57dc939160c8335b7441d4e045ade4b80c237259fab4a70828596");
    }

    @Test
    void textDoesNotLeakIntoLogs() {
        KeyText key = KeyText.of(HOLDER, new SecureRandom());

        assertThat(key.toString()).doesNotContain(key.reveal().substring(12));
    }
}
