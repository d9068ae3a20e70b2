package io.tollgate.contract.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.contract.secret.CannotOpenException;
import io.tollgate.contract.secret.SecretBox;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MailTest {
    private static final SecretBox BOX = new SecretBox("an encryption key of tests", List.of());
    private static final UUID ID = new UUID(1, 2);

    @Test
    void sealedMailOpensUnderItsIdOnly() {
        Mail mail = new Mail("a@b.c", "Subject", "\uD83D\uDCE7\n".repeat(3_000));

        byte[] sealed = mail.seal(BOX, ID);

        assertThat(Mail.open(BOX, ID, sealed)).isEqualTo(mail);
        assertThatThrownBy(() -> Mail.open(BOX, new UUID(1, 3), sealed)).isInstanceOf(CannotOpenException.class);
    }

    /// Whatever ends a line would begin another header.
    @ParameterizedTest
    @CsvSource({"a@b.c\\nBcc: d@e.f,Subject", "a@b.c,Subject\\r\\nBcc: d@e.f", "'',Subject"})
    void headersHaveOneLine(String to, String subject) {
        assertThatThrownBy(() -> new Mail(line(to), line(subject), "text"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static String line(String escaped) {
        return escaped.replace("\\r", "\r").replace("\\n", "\n");
    }

    @Test
    void mailShowsNothingOfItself() {
        assertThat(new Mail("a@b.c", "Subject", "text")).hasToString("Mail");
    }
}
