package io.tollgate.control.mail.smtp;

import io.tollgate.contract.mail.Mail;
import io.tollgate.control.mail.MailTransport;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.Properties;
import java.util.UUID;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands mails to a mail server, over a connection of its own each: mails are few.
public final class SmtpTransport implements MailTransport {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpTransport.class);

    /// A server that takes longer for one step is treated as one that is away.
    private static final Duration STEP_MAX = Duration.ofSeconds(10);

    /// Codes that concern the connection, in answer to whatever (RFC 5321, 3.8; RFC 4954, 6).
    private static final int CLOSING = 421;

    private static final int LOGIN_REQUIRED = 530;

    private final MailServer server;
    private final InternetAddress from;
    private final Session session;
    private final InstantSource clock;

    /// @param from address of the sender, such as `Tollgate <billing@example.com>`
    /// @throws IllegalArgumentException if `from` is no address
    public SmtpTransport(MailServer server, String from, InstantSource clock) {
        this.server = server;
        this.from = parsed(from);
        this.clock = clock;
        this.session = Session.getInstance(properties(server));
    }

    /// The address of a sender.
    ///
    /// @throws IllegalArgumentException saying what it must be
    public static InternetAddress parsed(String from) {
        try {
            InternetAddress address = new InternetAddress(from, true);
            if (address.getAddress().indexOf('@') > 0) {
                return address;
            }
        } catch (MessagingException e) {
            // The sentence below says it all.
        }
        throw new IllegalArgumentException("must be one e-mail address, such as Tollgate <billing@example.com>");
    }

    private static Properties properties(MailServer server) {
        String protocol = protocol(server);
        String prefix = "mail." + protocol + ".";
        Properties properties = new Properties();
        String timeout = Long.toString(STEP_MAX.toMillis());
        properties.put("mail.transport.protocol", protocol);
        properties.put(prefix + "connectiontimeout", timeout);
        properties.put(prefix + "timeout", timeout);
        properties.put(prefix + "writetimeout", timeout);
        // Nothing depends on what a server says to the farewell.
        properties.put(prefix + "quitwait", "false");
        properties.put(prefix + "ssl.checkserveridentity", "true");
        properties.put(prefix + "auth", Boolean.toString(server.login().isPresent()));
        if (!server.implicitTls()) {
            properties.put(prefix + "starttls.enable", "true");
            // A password is not shown to a network, whoever claims that the server has no TLS.
            boolean required = server.login().isPresent() && !server.loopback();
            properties.put(prefix + "starttls.required", Boolean.toString(required));
        }
        return properties;
    }

    private static String protocol(MailServer server) {
        return server.implicitTls() ? "smtps" : "smtp";
    }

    @Override
    public Outcome send(UUID id, Mail mail) {
        try {
            MimeMessage message = message(id, mail);
            Transport transport = session.getTransport();
            try {
                transport.connect(
                        server.host(),
                        server.port(),
                        server.login().map(MailServer.Login::user).orElse(null),
                        server.login().map(MailServer.Login::password).orElse(null));
                transport.sendMessage(message, message.getAllRecipients());
                return new Outcome.Taken();
            } finally {
                close(transport);
            }
        } catch (AddressException e) {
            return new Outcome.Refused("The address is none that a mail can be sent to.");
        } catch (SendFailedException e) {
            return refusal(e);
        } catch (MessagingException e) {
            return unusable(e.getClass().getSimpleName());
        }
    }

    // What was taken stays taken, however the farewell goes.
    private static void close(Transport transport) {
        try {
            transport.close();
        } catch (MessagingException e) {
            LOG.debug("The connection to the mail server did not end well", e);
        }
    }

    // Only codes are told on: the server's words repeat the recipient's address.
    private static Outcome refusal(SendFailedException failure) {
        for (Exception e = failure; e instanceof MessagingException part; e = part.getNextException()) {
            if (e instanceof SMTPAddressFailedException recipient) {
                return refusal(recipient.getReturnCode());
            }
            if (e instanceof SMTPSendFailedException step) {
                // It refuses our own address, which all mails have.
                return step.getCommand().startsWith("MAIL")
                        ? unusable(Integer.toString(step.getReturnCode()))
                        : refusal(step.getReturnCode());
            }
        }
        return unusable(failure.getClass().getSimpleName());
    }

    private static Outcome refusal(int code) {
        if (code == CLOSING || code == LOGIN_REQUIRED) {
            return unusable(Integer.toString(code));
        }
        return switch (code / 100) {
            case 4 -> new Outcome.Deferred("The mail server does not take the mail now: " + code + ".");
            case 5 -> new Outcome.Refused("The mail server refuses the mail for good: " + code + ".");
            default -> unusable(Integer.toString(code));
        };
    }

    private static Outcome unusable(String why) {
        return new Outcome.Unusable("The mail server cannot be used: " + why + ".");
    }

    private MimeMessage message(UUID id, Mail mail) throws MessagingException {
        MimeMessage message = new IdentifiedMessage(session, "<" + id + "@" + domain() + ">");
        message.setFrom(from);
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(mail.to(), true));
        message.setSubject(mail.subject(), StandardCharsets.UTF_8.name());
        message.setText(mail.text(), StandardCharsets.UTF_8.name());
        message.setSentDate(Date.from(clock.instant()));
        // Nobody should answer it from a machine.
        message.setHeader("Auto-Submitted", "auto-generated");
        message.saveChanges();
        return message;
    }

    private String domain() {
        String address = from.getAddress();
        return address.substring(address.lastIndexOf('@') + 1);
    }

    /// Keeps its id; the library would make another one for each attempt.
    private static final class IdentifiedMessage extends MimeMessage {
        private final String id;

        private IdentifiedMessage(Session session, String id) {
            super(session);
            this.id = id;
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", id);
        }
    }
}
