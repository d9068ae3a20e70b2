package io.tollgate.control.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.contract.mail.Mail;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.mail.postgres.PostgresMails;
import io.tollgate.control.mail.smtp.MailServer;
import io.tollgate.control.mail.smtp.SmtpTransport;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// From the transaction that tells something to the mailbox, over a real mail server on loopback.
class MailIT {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private static final TestControl CONTROL = new TestControl(START);
    private static final Duration USEFUL = Duration.ofDays(3);
    private static final Mail HELLO =
            new Mail("ann@example.com", "Grüße", "Line 1\nhttps://example.com/?token=topsecret\n");

    private final GreenMail server =
            new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP).dynamicPort());
    private final PostgresMails mails = mails("an encryption key of tests", List.of());
    private final MailWorker worker = worker(mails);

    private static PostgresMails mails(String key, List<String> previous) {
        return new PostgresMails(CONTROL.changes(), Optional.of(new SecretBox(key, previous)));
    }

    private MailWorker worker(PostgresMails queue) {
        server.start();
        SmtpTransport transport = new SmtpTransport(
                MailServer.parse("smtp://127.0.0.1:" + server.getSmtp().getPort()),
                "Tollgate <no-reply@example.com>",
                CONTROL.changes()::now);
        return new MailWorker(queue, transport, CONTROL.changes()::now, new SimpleMeterRegistry());
    }

    @BeforeEach
    void empty() {
        CONTROL.jdbi().useHandle(handle -> handle.execute("DELETE FROM mails"));
    }

    @AfterEach
    void stopServer() {
        server.stop();
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    private void queue(Mail mail) {
        CONTROL.changes()
                .make(handle ->
                        mails.queue(handle, mail, CONTROL.changes().now().plus(USEFUL)));
    }

    private static List<String> rows() {
        return CONTROL.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT m::text FROM mails m")
                        .mapTo(String.class)
                        .list());
    }

    private static List<String> states() {
        return CONTROL.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT status || ' ' || attempts FROM mails")
                        .mapTo(String.class)
                        .list());
    }

    @Test
    void mailArrivesAsItWasWrittenAndIsForgotten() throws MessagingException, IOException {
        queue(HELLO);
        assertThat(rows())
                .singleElement()
                .asString()
                .doesNotContain("topsecret")
                .doesNotContain("ann@");

        assertThat(worker.sendDue()).isTrue();

        assertThat(server.getReceivedMessages()).hasSize(1);
        MimeMessage received = server.getReceivedMessages()[0];
        assertThat(received.getSubject()).isEqualTo("Grüße");
        assertThat(received.getContent().toString().lines().toList())
                .isEqualTo(HELLO.text().lines().toList());
        assertThat(received.getAllRecipients()[0]).hasToString("ann@example.com");
        assertThat(received.getFrom()[0]).hasToString("Tollgate <no-reply@example.com>");
        assertThat(received.getMessageID()).matches("<[0-9a-f-]{36}@example\\.com>");
        assertThat(received.getHeader("Auto-Submitted")).containsExactly("auto-generated");
        assertThat(rows()).isEmpty();
    }

    @Test
    void mailOfATransactionThatFailsIsNotSent() {
        assertThatThrownBy(() -> CONTROL.changes().make(handle -> {
                    mails.queue(handle, HELLO, START.plus(USEFUL));
                    throw new IllegalStateException("changed my mind");
                }))
                .hasMessage("changed my mind");

        assertThat(worker.sendDue()).isTrue();
        assertThat(server.getReceivedMessages()).isEmpty();
    }

    @Test
    void mailWaitsForAServerThatIsAwayWithoutTellingTheLogWhatItSays() {
        queue(HELLO);
        server.stop();

        assertThat(worker.sendDue()).isFalse();

        assertThat(states()).containsExactly("pending 1");
        assertThat(rows().getFirst()).contains("The mail server cannot be used").doesNotContain("ann@");
        server.start();
        MailWorker again = worker(mails);
        assertThat(again.sendDue()).as("it is not due yet").isTrue();
        assertThat(server.getReceivedMessages()).isEmpty();
        CONTROL.pass(Duration.ofMinutes(1));
        again.sendDue();
        assertThat(server.getReceivedMessages()).hasSize(1);
        assertThat(rows()).isEmpty();
    }

    @Test
    void mailIsGivenUpAfterTheLastAttempt() {
        queue(HELLO);
        server.stop();

        Stream.of(0, 1, 5, 15, 60, 240, 720).forEach(minutes -> {
            CONTROL.pass(Duration.ofMinutes(minutes));
            assertThat(worker.sendDue()).isFalse();
        });

        assertThat(states()).containsExactly("dead 7");
        CONTROL.pass(USEFUL);
        mails.purge();
        assertThat(rows()).isEmpty();
    }

    /// Anybody can have a mail sent to an address that does not exist.
    @Test
    void mailThatIsRefusedForGoodHoldsNoOtherUp() {
        Mail unwanted = new Mail("nobody@example.com", "Hello", "Text\n");
        Mail early = new Mail("busy@example.com", "Hello", "Text\n");
        List.of(unwanted, early, HELLO).forEach(this::queue);
        List<Mail> taken = new ArrayList<>();
        MailWorker picky = new MailWorker(
                mails,
                (id, mail) -> {
                    if (mail.equals(unwanted)) {
                        return new MailTransport.Outcome.Refused("no such user");
                    }
                    if (mail.equals(early)) {
                        return new MailTransport.Outcome.Deferred("busy");
                    }
                    taken.add(mail);
                    return new MailTransport.Outcome.Taken();
                },
                CONTROL.changes()::now,
                new SimpleMeterRegistry());

        assertThat(picky.sendDue()).isTrue();

        assertThat(taken).containsExactly(HELLO);
        assertThat(states()).containsExactlyInAnyOrder("dead 1", "pending 1");
    }

    /// As after kill -9: whoever has taken a mail never says what became of it.
    @Test
    void mailThatAProcessDiedOverIsSentByTheNext() {
        queue(HELLO);
        assertThat(mails.take()).isPresent();

        worker.sendDue();
        assertThat(server.getReceivedMessages()).as("still held").isEmpty();
        CONTROL.pass(MailQueue.HELD);
        worker.sendDue();

        assertThat(server.getReceivedMessages()).hasSize(1);
    }

    @Test
    void failureOfAMailThatWasHeldTooLongIsNotTheNextHoldersFailure() {
        queue(HELLO);
        MailQueue.Due slow = mails.take().orElseThrow();
        CONTROL.pass(MailQueue.HELD);
        assertThat(mails.take()).isPresent();

        mails.failed(slow, "too late", Optional.empty());

        assertThat(states()).containsExactly("pending 0");
    }

    @Test
    void workersNeverHoldTheSameMail() throws Exception {
        for (int i = 0; i < 20; i++) {
            queue(HELLO);
        }

        List<Boolean> done = TestControl.concurrently(4, worker::sendDue);

        assertThat(done).containsOnly(true);
        assertThat(server.getReceivedMessages()).hasSize(20);
    }

    @Test
    void mailOutlivesTheChangeOfTheKeyButNotItsLoss() {
        queue(HELLO);
        queue(HELLO);

        assertThat(mails("another encryption key", List.of("an encryption key of tests"))
                        .take())
                .hasValueSatisfying(due -> assertThat(due.mail()).contains(HELLO));
        assertThat(worker(mails("another encryption key", List.of())).sendDue()).isTrue();
        assertThat(states()).containsExactlyInAnyOrder("pending 0", "dead 1");
    }

    @Test
    void runningWorkerSendsWhatComes() {
        worker.start();
        queue(HELLO);

        assertThat(server.waitForIncomingEmail(20_000, 1)).isTrue();
        worker.stop(Duration.ofSeconds(5));
    }

    @Test
    void withoutAServerNoMailIsKept() {
        PostgresMails none = new PostgresMails(CONTROL.changes(), Optional.empty());

        boolean queued = CONTROL.changes().make(handle -> none.queue(handle, HELLO, START.plus(USEFUL)));

        assertThat(queued).isFalse();
        assertThat(rows()).isEmpty();
    }
}
