package io.tollgate.control.mail.smtp;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The server that takes mails: `smtps://` for TLS from the start, `smtp://` for TLS as soon as the server offers it.
///
/// @param implicitTls whether the connection begins with TLS
public record MailServer(boolean implicitTls, String host, int port, Optional<Login> login) {
    private static final int SUBMISSION_PORT = 587;
    private static final int SUBMISSIONS_PORT = 465;

    /// A user and a password. Over a connection that leaves this machine they are sent under TLS only.
    public record Login(String user, String password) {
        @Override
        public String toString() {
            return "(secret)";
        }
    }

    /// Reads `smtp://host`, `smtps://user:password@host:465` and the like; user and password percent-encoded.
    ///
    /// @throws IllegalArgumentException saying what it must be, without repeating it
    public static MailServer parse(String text) {
        try {
            URI uri = new URI(text);
            boolean tls = "smtps".equals(uri.getScheme());
            String path = String.valueOf(uri.getPath());
            if ((tls || "smtp".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && (path.isEmpty() || path.equals("/"))
                    && uri.getQuery() == null) {
                int usual = tls ? SUBMISSIONS_PORT : SUBMISSION_PORT;
                return new MailServer(
                        tls, uri.getHost(), uri.getPort() < 0 ? usual : uri.getPort(), login(uri.getRawUserInfo()));
            }
        } catch (URISyntaxException e) {
            // The sentence below says it all; the text is left out because it may hold a password.
        }
        throw new IllegalArgumentException("must be smtp://host:port or smtps://user:password@host:port");
    }

    private static Optional<Login> login(@Nullable String rawUserInfo) {
        if (rawUserInfo == null) {
            return Optional.empty();
        }
        String[] parts = rawUserInfo.split(":", 2);
        return Optional.of(new Login(decoded(parts[0]), parts.length == 2 ? decoded(parts[1]) : ""));
    }

    // A plus sign in an address means itself.
    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    boolean loopback() {
        return host.equals("localhost") || host.equals("[::1]") || host.startsWith("127.");
    }
}
