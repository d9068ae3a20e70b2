package io.tollgate.control.mail.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.mail.Mail;
import io.tollgate.control.mail.MailTransport.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmtpTransportTest {
    private static final Mail HELLO = new Mail("ann@example.com", "Hello", "Text\n");

    private static SmtpTransport to(int port) {
        return new SmtpTransport(
                MailServer.parse("smtp://127.0.0.1:" + port), "no-reply@example.com", () -> Instant.EPOCH);
    }

    private static Outcome send(ScriptedMailServer server, Mail mail) {
        return to(server.port()).send(UUID.randomUUID(), mail);
    }

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = """
        step, answer,                  outcome
        RCPT, 550 no such user,        Refused
        RCPT, 554 nobody of ours,      Refused
        RCPT, 450 busy,                Deferred
        RCPT, 452 full,                Deferred
        RCPT, 421 closing,             Unusable
        RCPT, 530 log in first,        Unusable
        DATA, 554 no valid recipients, Refused
        DATA, 451 try later,           Deferred
        .,    550 looks like spam,     Refused
        .,    452 disk full,           Deferred
        .,    421 closing,             Unusable
        MAIL, 553 who are you,         Unusable
        MAIL, 451 not now,             Unusable
        """)
    void whoIsRefusedByWhatDecidesWhetherItIsTriedAgain(String step, String answer, String outcome) throws IOException {
        try (ScriptedMailServer server = new ScriptedMailServer(Map.of(step, answer))) {
            assertThat(send(server, HELLO))
                    .satisfies(
                            made -> assertThat(made.getClass().getSimpleName()).isEqualTo(outcome))
                    .asString()
                    .contains(answer.substring(0, 3))
                    .doesNotContain("ann@");
        }
    }

    @Test
    void addressThatIsNoneIsRefusedWithoutAServer() {
        assertThat(to(1).send(UUID.randomUUID(), new Mail("ann@exa..mple.com", "Hello", "Text\n")))
                .isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void mailIsTakenHoweverTheConnectionEnds() throws IOException {
        try (ScriptedMailServer server = new ScriptedMailServer(Map.of("QUIT", ScriptedMailServer.SILENCE))) {
            long start = System.nanoTime();

            assertThat(send(server, HELLO)).isEqualTo(new Outcome.Taken());

            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("nobody waits for a farewell")
                    .isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void serverThatIsNotThereCannotBeUsed() throws IOException {
        int port;
        try (ScriptedMailServer gone = new ScriptedMailServer(Map.of())) {
            port = gone.port();
        }

        assertThat(to(port).send(UUID.randomUUID(), HELLO)).isInstanceOf(Outcome.Unusable.class);
    }
}
