package io.tollgate.server.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.account.SignIns;
import io.tollgate.control.account.argon2.Argon2Hashing;
import io.tollgate.control.account.postgres.PostgresUsers;
import io.tollgate.control.mail.MailWorker;
import io.tollgate.control.mail.postgres.PostgresMails;
import io.tollgate.control.mail.smtp.SmtpTransport;
import io.tollgate.control.member.postgres.PostgresTeam;
import io.tollgate.control.organization.postgres.PostgresUserOrganizations;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.schedule.Job;
import io.tollgate.control.session.OwnOrigins;
import io.tollgate.control.session.http.SessionCookie;
import io.tollgate.control.session.postgres.PostgresSessions;
import io.tollgate.server.config.Settings;
import io.tollgate.server.http.SignedInRoutes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Composes who signs in, what they are in organizations, and the mails that lead them there.
///
/// @param secretBox absent where no encryption key is set
record Accounts(
        Settings settings,
        Optional<SecretBox> secretBox,
        MeterRegistry metrics,
        InstantSource clock,
        Closing closing,
        List<Object> beans) {
    private static final Duration STOP_MAX = Duration.ofSeconds(2);

    /// Not on the hour, when much else is done.
    private static final String FORGETS_AT = "0 50 * * * *";

    /// What everybody on the internet can make rows of is not kept for long.
    private static final String FORGETS_OFTEN_AT = "30 */5 * * * *";

    /// Answers what has to be done at set times.
    List<Job> start(DefinitionChanges changes) {
        OwnOrigins origins = new OwnOrigins(settings.appUrl(), settings.allowedOrigins());
        PostgresMails mails =
                new PostgresMails(changes, settings.mailServer().isPresent() ? secretBox : Optional.empty());
        PostgresUsers users = new PostgresUsers(changes, mails);
        PostgresSessions sessions = new PostgresSessions(changes);
        PostgresTeam team = new PostgresTeam(changes, mails, origins);
        settings.mailServer().ifPresent(server -> {
            SmtpTransport transport =
                    new SmtpTransport(server, settings.mailSender().orElseThrow(), clock);
            MailWorker worker = new MailWorker(mails, transport, clock, metrics);
            worker.start();
            closing.onClose("mails", () -> worker.stop(STOP_MAX));
        });
        beans.add(origins);
        beans.add(new SessionCookie(origins));
        beans.add(new SignedInRoutes());
        beans.add(new SignIns(users, new Argon2Hashing()));
        beans.add(users);
        beans.add(sessions);
        beans.add(team);
        beans.add(new PostgresUserOrganizations(changes));
        return List.of(
                new Job("forget-sessions", FORGETS_AT, sessions::purge),
                new Job("forget-verifications", FORGETS_OFTEN_AT, users::purge),
                new Job("forget-invitations", FORGETS_AT, team::purge),
                new Job("forget-mails", FORGETS_AT, mails::purge));
    }
}
