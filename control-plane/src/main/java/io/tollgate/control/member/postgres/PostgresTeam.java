package io.tollgate.control.member.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.secret.RandomToken;
import io.tollgate.control.account.EmailAddress;
import io.tollgate.control.account.postgres.PostgresUsers;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.mail.postgres.PostgresMails;
import io.tollgate.control.member.Acceptance;
import io.tollgate.control.member.ActingAs;
import io.tollgate.control.member.Invitation;
import io.tollgate.control.member.InvitationMail;
import io.tollgate.control.member.InvitationOutcome;
import io.tollgate.control.member.Member;
import io.tollgate.control.member.MemberOutcome;
import io.tollgate.control.member.MemberRules;
import io.tollgate.control.member.MemberRules.Refusal;
import io.tollgate.control.member.Revocation;
import io.tollgate.control.member.Team;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.session.OwnOrigins;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/// Members and invitations in PostgreSQL.
public final class PostgresTeam implements Team {
    private static final String INVITE_PATH = "/invite";
    private static final String MEMBER = "member";
    private static final String INVITATION = "invitation";

    private static final String INVITATION_COLUMNS = "id, organization_id, email, role, created_at, expires_at";

    private static final String MEMBERS = """
            SELECT u.id, u.email, u.name, u.image, u.email_verified, u.created_at, u.updated_at, m.role,
                   m.created_at AS joined_at
            FROM members m JOIN users u ON u.id = m.user_id
            WHERE m.organization_id = :organizationId
            """;

    private final DefinitionChanges changes;
    private final PostgresMails mails;
    private final OwnOrigins origins;
    private final SecureRandom random = new SecureRandom();

    public PostgresTeam(DefinitionChanges changes, PostgresMails mails, OwnOrigins origins) {
        this.changes = changes;
        this.mails = mails;
        this.origins = origins;
    }

    private record Organization(String name, Optional<String> slug) {}

    // Changes of one organization take turns on its row.
    private static Optional<Organization> lock(Handle handle, OrganizationId id) {
        return handle.createQuery(
                        "SELECT name, slug FROM organizations WHERE id = :id AND deleted_at IS NULL FOR UPDATE")
                .bind("id", id.value())
                .map((row, context) ->
                        new Organization(row.getString("name"), Optional.ofNullable(row.getString("slug"))))
                .findOne();
    }

    @Override
    public List<Member> members(OrganizationId organizationId) {
        return changes.read(handle -> handle.createQuery(MEMBERS + " ORDER BY m.created_at, m.user_id LIMIT :limit")
                .bind("organizationId", organizationId.value())
                .bind("limit", PEOPLE_MAX)
                .map((row, context) -> member(row))
                .list());
    }

    private static Member member(ResultSet row) throws SQLException {
        return new Member(
                PostgresUsers.user(row),
                MemberRole.valueOf(row.getString("role")),
                row.getObject("joined_at", OffsetDateTime.class).toInstant());
    }

    private static Optional<Member> member(Handle handle, OrganizationId organizationId, UserId userId) {
        return handle.createQuery(MEMBERS + " AND m.user_id = :userId")
                .bind("organizationId", organizationId.value())
                .bind("userId", userId.value())
                .map((row, context) -> member(row))
                .findOne();
    }

    private static int owners(Handle handle, OrganizationId organizationId) {
        return handle.createQuery("SELECT count(*) FROM members WHERE organization_id = :id AND role = 'OWNER'")
                .bind("id", organizationId.value())
                .mapTo(Integer.class)
                .one();
    }

    @Override
    public MemberOutcome setRole(
            Actor by, ActingAs actor, OrganizationId organizationId, UserId userId, MemberRole role) {
        return changes.make(handle -> {
            Optional<Member> before = held(handle, organizationId, userId);
            if (before.isEmpty()) {
                return new MemberOutcome.NoMember();
            }
            MemberRole rank = rank(handle, organizationId, actor);
            Optional<Refusal> refusal =
                    MemberRules.roleChange(rank, before.get().role(), role, owners(handle, organizationId));
            if (refusal.isPresent()) {
                return new MemberOutcome.Refused(refusal.get());
            }
            handle.createUpdate("""
                            UPDATE members SET role = :role, updated_at = :now
                            WHERE organization_id = :organizationId AND user_id = :userId
                            """)
                    .bind("role", role.name())
                    .bind("now", now())
                    .bind("organizationId", organizationId.value())
                    .bind("userId", userId.value())
                    .execute();
            ObjectNode details = details().put("before", before.get().role().name());
            audit(
                    handle,
                    by,
                    organizationId,
                    "update_member",
                    MEMBER,
                    userId.value(),
                    details.put("after", role.name()));
            return new MemberOutcome.Done(
                    new Member(before.get().user(), role, before.get().createdAt()));
        });
    }

    // As what somebody acts, while nobody else changes the organization. Who is gone may as little as who may least.
    private static MemberRole rank(Handle handle, OrganizationId organizationId, ActingAs actor) {
        return switch (actor) {
            case ActingAs.Key key -> MemberRole.ADMIN;
            case ActingAs.Person person ->
                member(handle, organizationId, person.userId())
                        .map(Member::role)
                        .orElse(MemberRole.VIEWER);
        };
    }

    // The member, while nobody else changes the organization.
    private static Optional<Member> held(Handle handle, OrganizationId organizationId, UserId userId) {
        return lock(handle, organizationId).flatMap(organization -> member(handle, organizationId, userId));
    }

    @Override
    public MemberOutcome remove(Actor by, ActingAs actor, OrganizationId organizationId, UserId userId) {
        return changes.make(handle -> {
            Optional<Member> before = held(handle, organizationId, userId);
            if (before.isEmpty()) {
                return new MemberOutcome.NoMember();
            }
            MemberRole rank = rank(handle, organizationId, actor);
            Optional<Refusal> refusal = MemberRules.removal(rank, before.get().role(), owners(handle, organizationId));
            return refusal.<MemberOutcome>map(MemberOutcome.Refused::new)
                    .orElseGet(() -> gone(handle, by, organizationId, before.get(), "remove_member"));
        });
    }

    @Override
    public MemberOutcome leave(Actor by, OrganizationId organizationId, UserId userId) {
        return changes.make(handle -> {
            Optional<Member> before = held(handle, organizationId, userId);
            if (before.isEmpty()) {
                return new MemberOutcome.NoMember();
            }
            Optional<Refusal> refusal = MemberRules.leave(before.get().role(), owners(handle, organizationId));
            return refusal.<MemberOutcome>map(MemberOutcome.Refused::new)
                    .orElseGet(() -> gone(handle, by, organizationId, before.get(), "leave_organization"));
        });
    }

    private MemberOutcome gone(Handle handle, Actor by, OrganizationId organizationId, Member member, String action) {
        handle.createUpdate("DELETE FROM members WHERE organization_id = :organizationId AND user_id = :userId")
                .bind("organizationId", organizationId.value())
                .bind("userId", member.user().id().value())
                .execute();
        ObjectNode details = details().put("before", member.role().name());
        audit(handle, by, organizationId, action, MEMBER, member.user().id().value(), details);
        return new MemberOutcome.Done(member);
    }

    @Override
    public List<Invitation> invitations(OrganizationId organizationId) {
        return changes.read(handle -> handle.createQuery("SELECT " + INVITATION_COLUMNS + """
                         FROM invitations WHERE organization_id = :organizationId AND expires_at > :now
                        ORDER BY created_at DESC, id DESC LIMIT :limit
                        """)
                .bind("organizationId", organizationId.value())
                .bind("now", now())
                .bind("limit", PEOPLE_MAX)
                .map((row, context) -> invitation(row))
                .list());
    }

    @Override
    public Optional<Invitation> invitation(OrganizationId organizationId, UUID id) {
        return changes.read(handle -> invitation(handle, organizationId, id));
    }

    private static Optional<Invitation> invitation(Handle handle, OrganizationId organizationId, UUID id) {
        return handle.createQuery("SELECT " + INVITATION_COLUMNS
                        + " FROM invitations WHERE organization_id = :organizationId AND id = :id")
                .bind("organizationId", organizationId.value())
                .bind("id", id)
                .map((row, context) -> invitation(row))
                .findOne();
    }

    private static Invitation invitation(ResultSet row) throws SQLException {
        return new Invitation(
                row.getObject("id", UUID.class),
                new OrganizationId(row.getString("organization_id")),
                new EmailAddress(row.getString("email")),
                MemberRole.valueOf(row.getString("role")),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
    }

    @Override
    public InvitationOutcome invite(
            Actor by,
            ActingAs actor,
            OrganizationId organizationId,
            EmailAddress email,
            MemberRole role,
            boolean anew) {
        return changes.make(handle -> {
            Optional<Organization> organization = lock(handle, organizationId);
            if (organization.isEmpty()) {
                return new InvitationOutcome.Unknown();
            }
            MemberRole rank = rank(handle, organizationId, actor);
            Optional<Refusal> refusal = MemberRules.invitation(rank, role);
            if (refusal.isPresent()) {
                return new InvitationOutcome.Refused(refusal.get());
            }
            if (isMember(handle, organizationId, email)) {
                return new InvitationOutcome.AlreadyMember();
            }
            Optional<Invitation> before = waiting(handle, organizationId, email);
            if (before.isPresent() && !anew) {
                return new InvitationOutcome.AlreadyInvited();
            }
            // Taking back what an owner has offered is an owner's matter too.
            Optional<Refusal> kept = before.flatMap(one -> MemberRules.invitation(rank, one.role()));
            if (kept.isPresent()) {
                return new InvitationOutcome.Refused(kept.get());
            }
            if (before.isEmpty() && people(handle, organizationId) >= PEOPLE_MAX) {
                return new InvitationOutcome.TooMany();
            }
            Optional<Duration> full = fullFor(handle, organizationId, email);
            if (full.isPresent()) {
                return new InvitationOutcome.TooManyMails(full.get());
            }
            Instant now = changes.now();
            UUID id = before.map(Invitation::id).orElseGet(UUID::randomUUID);
            Invitation made = new Invitation(id, organizationId, email, role, now, now.plus(Invitation.LASTS));
            ObjectNode details = details().put("email", email.value()).put("role", role.name());
            audit(
                    handle,
                    by,
                    organizationId,
                    "invite_member",
                    INVITATION,
                    made.id().toString(),
                    details);
            return send(handle, organization.get(), made);
        });
    }

    @Override
    public InvitationOutcome resend(Actor by, ActingAs actor, OrganizationId organizationId, UUID id) {
        return changes.make(handle -> {
            Optional<Organization> organization = lock(handle, organizationId);
            Optional<Invitation> before = organization.flatMap(known -> invitation(handle, organizationId, id));
            if (before.isEmpty()) {
                return new InvitationOutcome.Unknown();
            }
            Optional<Refusal> refusal = MemberRules.invitation(
                    rank(handle, organizationId, actor), before.get().role());
            if (refusal.isPresent()) {
                return new InvitationOutcome.Refused(refusal.get());
            }
            Instant now = changes.now();
            // One that has expired is none of those that are counted, until it is renewed.
            if (before.get().expired(now) && people(handle, organizationId) >= PEOPLE_MAX) {
                return new InvitationOutcome.TooMany();
            }
            Optional<Duration> full =
                    fullFor(handle, organizationId, before.get().email());
            if (full.isPresent()) {
                return new InvitationOutcome.TooManyMails(full.get());
            }
            Invitation renewed = new Invitation(
                    id,
                    organizationId,
                    before.get().email(),
                    before.get().role(),
                    before.get().createdAt(),
                    now.plus(Invitation.LASTS));
            audit(handle, by, organizationId, "resend_invitation", INVITATION, id.toString(), details());
            return send(handle, organization.orElseThrow(), renewed);
        });
    }

    // Stores it with a new token, so that no link before works, and has that mailed.
    private InvitationOutcome send(Handle handle, Organization organization, Invitation invitation) {
        RandomToken token = RandomToken.made(random);
        handle.createUpdate("""
                        INSERT INTO invitations (id, organization_id, email, role, token_hash, created_at, expires_at)
                        VALUES (:id, :organizationId, :email, :role, :hash, :createdAt, :expiresAt)
                        ON CONFLICT (organization_id, email) DO UPDATE
                        SET id = :id, role = :role, token_hash = :hash, created_at = :createdAt, expires_at = :expiresAt
                        """)
                .bind("id", invitation.id())
                .bind("organizationId", invitation.organizationId().value())
                .bind("email", invitation.email().value())
                .bind("role", invitation.role().name())
                .bind("hash", token.hash())
                .bind("createdAt", DefinitionChanges.utc(invitation.createdAt()))
                .bind("expiresAt", DefinitionChanges.utc(invitation.expiresAt()))
                .execute();
        String link = origins.link(INVITE_PATH, token.reveal());
        if (mails.queue(handle, InvitationMail.of(invitation, organization.name(), link), invitation.expiresAt())) {
            count(handle, invitation);
        }
        return new InvitationOutcome.Invited(invitation, link);
    }

    private void count(Handle handle, Invitation invitation) {
        handle.createUpdate("""
                        INSERT INTO invitation_mails (organization_id, email, mailed_at)
                        VALUES (:organizationId, :email, :now)
                        """)
                .bind("organizationId", invitation.organizationId().value())
                .bind("email", invitation.email().value())
                .bind("now", now())
                .execute();
    }

    // How long it is until an invitation may be mailed; empty if one may be now.
    private Optional<Duration> fullFor(Handle handle, OrganizationId organizationId, EmailAddress email) {
        // Organizations that invite the same address take turns on it; always after taking turns on their own row.
        handle.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", "invitation of " + email.value());
        Instant now = changes.now();
        return Stream.of(
                        fullSince(handle, "email", email.value(), MAILS_TO_ADDRESS_MAX, now),
                        fullSince(handle, "organization_id", organizationId.value(), MAILS_OF_ORGANIZATION_MAX, now))
                .flatMap(Optional::stream)
                .map(since -> Duration.between(now, since.plus(MAILS_WITHIN)))
                .max(Comparator.naturalOrder());
    }

    // When the oldest of as many mails as there may be was queued; empty if there are fewer.
    private static Optional<Instant> fullSince(Handle handle, String column, String value, int most, Instant now) {
        return handle.createQuery("SELECT mailed_at FROM invitation_mails WHERE " + column + """
                         = :value AND mailed_at > :since ORDER BY mailed_at DESC OFFSET :before LIMIT 1
                        """)
                .bind("value", value)
                .bind("since", DefinitionChanges.utc(now.minus(MAILS_WITHIN)))
                .bind("before", most - 1)
                .map((row, context) ->
                        row.getObject("mailed_at", OffsetDateTime.class).toInstant())
                .findOne();
    }

    private static boolean isMember(Handle handle, OrganizationId organizationId, EmailAddress email) {
        return handle.createQuery("""
                        SELECT 1 FROM members m JOIN users u ON u.id = m.user_id
                        WHERE m.organization_id = :organizationId AND u.email = :email
                        """)
                .bind("organizationId", organizationId.value())
                .bind("email", email.value())
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    private Optional<Invitation> waiting(Handle handle, OrganizationId organizationId, EmailAddress email) {
        return handle.createQuery("SELECT " + INVITATION_COLUMNS + """
                         FROM invitations
                        WHERE organization_id = :organizationId AND email = :email AND expires_at > :now
                        """)
                .bind("organizationId", organizationId.value())
                .bind("email", email.value())
                .bind("now", now())
                .map((row, context) -> invitation(row))
                .findOne();
    }

    private int people(Handle handle, OrganizationId organizationId) {
        return handle.createQuery("""
                        SELECT (SELECT count(*) FROM members WHERE organization_id = :id)
                             + (SELECT count(*) FROM invitations WHERE organization_id = :id AND expires_at > :now)
                        """)
                .bind("id", organizationId.value())
                .bind("now", now())
                .mapTo(Integer.class)
                .one();
    }

    @Override
    public Revocation revoke(Actor by, ActingAs actor, OrganizationId organizationId, UUID id) {
        return changes.make(handle -> {
            // In turn with an accept, or both would be told that they came first.
            Optional<Invitation> before =
                    lock(handle, organizationId).flatMap(organization -> invitation(handle, organizationId, id));
            if (before.isEmpty()) {
                return new Revocation.Unknown();
            }
            Optional<Refusal> refusal = MemberRules.invitation(
                    rank(handle, organizationId, actor), before.get().role());
            if (refusal.isPresent()) {
                return new Revocation.Refused(refusal.get());
            }
            delete(handle, id);
            audit(handle, by, organizationId, "revoke_invitation", INVITATION, id.toString(), details());
            return new Revocation.Revoked(before.get());
        });
    }

    @Override
    public Acceptance accept(Actor by, UserId userId, RandomToken token) {
        return changes.make(handle -> {
            // The organization first, as every change does it, or two of them could wait for each other.
            Optional<OrganizationId> organizationId = organizationOf(handle, token);
            Optional<Organization> organization = organizationId.flatMap(id -> lock(handle, id));
            if (organization.isEmpty()) {
                return new Acceptance.Unknown();
            }
            Optional<Invitation> found = byToken(handle, token);
            if (found.isEmpty()) {
                // Accepted or taken back while this waited for its turn.
                return new Acceptance.Unknown();
            }
            Invitation invitation = found.get();
            Optional<Acceptance> refusal = Acceptance.refusal(invitation, emailOf(handle, userId), changes.now());
            return refusal.orElseGet(() -> join(handle, by, userId, invitation, organization.get()));
        });
    }

    private Acceptance join(Handle handle, Actor by, UserId userId, Invitation invitation, Organization organization) {
        int joined = handle.createUpdate("""
                        INSERT INTO members (organization_id, user_id, role, created_at, updated_at)
                        VALUES (:organizationId, :userId, :role, :now, :now)
                        ON CONFLICT (organization_id, user_id) DO NOTHING
                        """)
                .bind("organizationId", invitation.organizationId().value())
                .bind("userId", userId.value())
                .bind("role", invitation.role().name())
                .bind("now", now())
                .execute();
        delete(handle, invitation.id());
        if (joined == 1) {
            ObjectNode details = details().put("after", invitation.role().name());
            audit(handle, by, invitation.organizationId(), "accept_invitation", MEMBER, userId.value(), details);
        }
        return new Acceptance.Accepted(
                invitation.organizationId(), organization.name(), organization.slug(), joined == 0);
    }

    private static void delete(Handle handle, UUID id) {
        handle.createUpdate("DELETE FROM invitations WHERE id = :id")
                .bind("id", id)
                .execute();
    }

    private static Optional<OrganizationId> organizationOf(Handle handle, RandomToken token) {
        return byToken(handle, token).map(Invitation::organizationId);
    }

    private static Optional<Invitation> byToken(Handle handle, RandomToken token) {
        return handle.createQuery("SELECT " + INVITATION_COLUMNS + " FROM invitations WHERE token_hash = :hash")
                .bind("hash", token.hash())
                .map((row, context) -> invitation(row))
                .findOne();
    }

    private static EmailAddress emailOf(Handle handle, UserId userId) {
        return handle.createQuery("SELECT email FROM users WHERE id = :id")
                .bind("id", userId.value())
                .map((row, context) -> new EmailAddress(row.getString("email")))
                .one();
    }

    /// Forgets invitations that expired, and mails that no longer count.
    public void purge() {
        OffsetDateTime before = DefinitionChanges.utc(changes.now().minus(Invitation.LASTS));
        changes.purge(handle -> handle.createUpdate("""
                        DELETE FROM invitations WHERE id IN
                            (SELECT id FROM invitations WHERE expires_at <= :before LIMIT :limit)
                        """).bind("before", before));
        OffsetDateTime since = DefinitionChanges.utc(changes.now().minus(MAILS_WITHIN));
        changes.purge(handle -> handle.createUpdate("""
                        DELETE FROM invitation_mails WHERE id IN
                            (SELECT id FROM invitation_mails WHERE mailed_at <= :since LIMIT :limit)
                        """).bind("since", since));
    }

    private void audit(
            Handle handle,
            Actor by,
            OrganizationId organizationId,
            String action,
            String resourceType,
            String resourceId,
            ObjectNode details) {
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(by, organizationId, action, resourceType, resourceId, changes.now())
                        .with(details));
    }

    private static ObjectNode details() {
        return JsonNodeFactory.instance.objectNode();
    }

    private OffsetDateTime now() {
        return DefinitionChanges.utc(changes.now());
    }
}
