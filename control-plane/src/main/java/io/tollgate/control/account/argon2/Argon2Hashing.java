package io.tollgate.control.account.argon2;

import com.password4j.Argon2Function;
import com.password4j.types.Argon2;
import io.tollgate.control.account.Password;
import io.tollgate.control.account.PasswordHashing;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Argon2id with the parameters that OWASP's password storage cheat sheet lists second, which need no more than 19 MiB
/// at
/// a time. A hash says its parameters itself, so they can be raised without anybody losing a password.
public final class Argon2Hashing implements PasswordHashing {
    private static final int MEMORY_KIB = 19_456;
    private static final int ITERATIONS = 2;
    private static final int PARALLELISM = 1;
    private static final int HASH_BYTES = 32;
    private static final int SALT_BYTES = 16;

    /// Passwords at a time: each fills a processor for tens of milliseconds, and events must go on meanwhile.
    private static final int AT_ONCE_MAX = 2;

    /// Who would wait longer is better told to come again.
    private static final Duration WAIT_MAX = Duration.ofSeconds(2);

    private final Semaphore turns = new Semaphore(AT_ONCE_MAX, true);
    private final SecureRandom random = new SecureRandom();
    private final String nobodys;

    public Argon2Hashing() {
        this.nobodys = hash("nobody has this password");
    }

    private final class ArgonTurn implements Turn {
        @Override
        public String hash(Password password) {
            return Argon2Hashing.this.hash(password.reveal());
        }

        @Override
        public boolean matches(Password password, Optional<String> hash) {
            PhcHash compared = PhcHash.parse(hash.orElse(nobodys));
            byte[] made = hashed(password.reveal(), compared);
            return MessageDigest.isEqual(made, compared.hash()) && hash.isPresent();
        }
    }

    private String hash(String text) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        PhcHash parameters = new PhcHash(MEMORY_KIB, ITERATIONS, PARALLELISM, salt, new byte[HASH_BYTES]);
        return parameters.with(hashed(text, parameters)).text();
    }

    // The bytes alone are taken from the library: the text that it writes and reads depends on the machine's language.
    private static byte[] hashed(String text, PhcHash as) {
        return Argon2Function.getInstance(
                        as.memoryKib(), as.iterations(), as.parallelism(), as.hash().length, Argon2.ID)
                .hash(text.getBytes(StandardCharsets.UTF_8), as.salt())
                .getBytes();
    }

    @Override
    public <T> Optional<T> inTurn(Function<Turn, T> work) {
        try {
            if (!turns.tryAcquire(WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                return Optional.empty();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
        try {
            return Optional.of(work.apply(new ArgonTurn()));
        } finally {
            turns.release();
        }
    }
}
