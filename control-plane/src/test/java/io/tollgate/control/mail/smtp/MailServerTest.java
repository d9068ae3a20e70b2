package io.tollgate.control.mail.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.control.mail.smtp.MailServer.Login;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MailServerTest {
    @Test
    void schemeDecidesTlsAndPort() {
        assertThat(MailServer.parse("smtp://mail.example.com"))
                .isEqualTo(new MailServer(false, "mail.example.com", 587, Optional.empty()));
        assertThat(MailServer.parse("smtps://mail.example.com/"))
                .isEqualTo(new MailServer(true, "mail.example.com", 465, Optional.empty()));
        assertThat(MailServer.parse("smtp://127.0.0.1:25").port()).isEqualTo(25);
    }

    @Test
    void loginIsDecodedAndNotShown() {
        MailServer server = MailServer.parse("smtps://me%40example.com:p%40ss+w%25rd@mail.example.com");

        assertThat(server.login()).contains(new Login("me@example.com", "p@ss+w%rd"));
        assertThat(server.toString()).doesNotContain("p@ss");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "mail.example.com:25",
                "http://mail.example.com",
                "smtp://",
                "smtp://a b",
                "smtp://host/path",
                "smtp://host?tls=no",
                "smtp://user:topsecret@bad host"
            })
    void otherAddressesAreRefusedWithoutRepeatingThem(String text) {
        assertThatThrownBy(() -> MailServer.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must be smtp://host:port or smtps://user:password@host:port");
    }
}
