package io.tollgate.contract.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SecretBoxTest {
    private static final String PLACE = "biz_1/stripe/main";
    private static final String OLD = "the key of last year";
    private static final String NEW = "the key of this year";

    private final SecretBox box = new SecretBox(NEW, List.of());

    @Test
    void sealedSecretOpensAgain() {
        byte[] sealed = box.seal("sk_live_ğüş", PLACE);

        assertThat(box.open(sealed, PLACE)).isEqualTo("sk_live_ğüş");
        assertThat(new SecretBox(NEW, List.of()).open(sealed, PLACE)).isEqualTo("sk_live_ğüş");
        assertThat(box.open(box.seal("", PLACE), PLACE)).isEmpty();
    }

    @Test
    void sameTextIsSealedDifferentlyEachTime() {
        assertThat(box.seal("secret", PLACE)).isNotEqualTo(box.seal("secret", PLACE));
    }

    @Test
    void secretMovedElsewhereDoesNotOpen() {
        byte[] sealed = box.seal("secret", PLACE);

        assertThatThrownBy(() -> box.open(sealed, "biz_2/stripe/main"))
                .isInstanceOf(CannotOpenException.class)
                .hasMessageContaining("belongs to something else");
    }

    @Test
    void flippedBitAnywhereDoesNotOpen() {
        byte[] sealed = box.seal("secret", PLACE);
        for (int i = 0; i < sealed.length; i++) {
            byte[] damaged = sealed.clone();
            damaged[i] ^= 1;
            assertThatThrownBy(() -> box.open(damaged, PLACE)).as("byte %s", i).isInstanceOf(CannotOpenException.class);
        }
    }

    @Test
    void truncatedSecretDoesNotOpen() {
        byte[] sealed = box.seal("secret", PLACE);
        for (int length = 0; length < sealed.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(sealed, length);
            assertThatThrownBy(() -> box.open(cut, PLACE))
                    .as("%s bytes", length)
                    .isInstanceOf(CannotOpenException.class);
        }
    }

    @Test
    void rotatedKeyOpensOldSecretsAndTellsThem() {
        byte[] old = new SecretBox(OLD, List.of()).seal("secret", PLACE);
        SecretBox rotated = new SecretBox(NEW, List.of("a key in between", OLD));

        assertThat(rotated.open(old, PLACE)).isEqualTo("secret");
        assertThat(rotated.needsRotation(old)).isTrue();

        byte[] resealed = rotated.seal(rotated.open(old, PLACE), PLACE);
        assertThat(rotated.needsRotation(resealed)).isFalse();
        assertThat(box.open(resealed, PLACE)).isEqualTo("secret");
    }

    @Test
    void secretOfUnknownKeyNamesTheSettings() {
        byte[] old = new SecretBox(OLD, List.of()).seal("secret", PLACE);

        assertThatThrownBy(() -> box.open(old, PLACE))
                .isInstanceOf(CannotOpenException.class)
                .hasMessageContaining("ENCRYPTION_KEY_PREVIOUS");
        assertThat(box.needsRotation(old)).isTrue();
    }

    @Test
    void shortKeyIsRefusedAndNothingIsShown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SecretBox("fifteen-chars-x", List.of()))
                .withMessageNotContaining("fifteen");
        assertThatIllegalArgumentException().isThrownBy(() -> new SecretBox(NEW, List.of("fifteen-chars-x")));
        assertThat(box).hasToString("SecretBox");
    }
}
