package io.tollgate.control.account.argon2;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.control.account.Password;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class Argon2HashingTest {
    private static final Argon2Hashing HASHING = new Argon2Hashing();

    private static Optional<String> hash(Password password) {
        return HASHING.inTurn(turn -> turn.hash(password));
    }

    private static Optional<Boolean> matches(Password password, Optional<String> hash) {
        return HASHING.inTurn(turn -> turn.matches(password, hash));
    }

    @Test
    void hashNamesItsParametersAndMatchesItsPasswordOnly() {
        Optional<String> hash = hash(Password.chosen("pässword"));

        assertThat(hash.orElseThrow()).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
        assertThat(matches(Password.typed("pässword"), hash)).contains(true);
        assertThat(matches(Password.typed("passwörd"), hash)).contains(false);
    }

    @Test
    void samePasswordHasAnotherHashEachTime() {
        Password password = Password.chosen("password");

        assertThat(hash(password)).isNotEqualTo(hash(password));
    }

    @Test
    void nothingMatchesWhereThereIsNoHash() {
        assertThat(matches(Password.typed("nobody has this password"), Optional.empty()))
                .contains(false);
    }

    /// Parameters are raised some day; who signed up before must still get in. The hash is of the reference program.
    @Test
    void hashesOfOtherParametersAreCompared() {
        String older = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

        assertThat(matches(Password.typed("password"), Optional.of(older))).contains(true);
        assertThat(matches(Password.typed("differentpassword"), Optional.of(older)))
                .contains(false);
    }
}
