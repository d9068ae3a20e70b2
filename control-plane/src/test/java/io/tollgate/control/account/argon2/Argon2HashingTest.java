package io.tollgate.control.account.argon2;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.control.account.Password;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class Argon2HashingTest {
    private static final Argon2Hashing HASHING = new Argon2Hashing();

    @Test
    void hashNamesItsParametersAndMatchesItsPasswordOnly() {
        Optional<String> hash = HASHING.hash(Password.chosen("pässword"));

        assertThat(hash.orElseThrow()).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
        assertThat(HASHING.matches(Password.typed("pässword"), hash)).contains(true);
        assertThat(HASHING.matches(Password.typed("passwörd"), hash)).contains(false);
    }

    @Test
    void samePasswordHasAnotherHashEachTime() {
        Password password = Password.chosen("password");

        assertThat(HASHING.hash(password)).isNotEqualTo(HASHING.hash(password));
    }

    @Test
    void nothingMatchesWhereThereIsNoHash() {
        assertThat(HASHING.matches(Password.typed("nobody has this password"), Optional.empty()))
                .contains(false);
    }

    /// Parameters are raised some day; who signed up before must still get in. The hash is of the reference program.
    @Test
    void hashesOfOtherParametersAreCompared() {
        String older = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

        assertThat(HASHING.matches(Password.typed("password"), Optional.of(older)))
                .contains(true);
        assertThat(HASHING.matches(Password.typed("differentpassword"), Optional.of(older)))
                .contains(false);
    }
}
