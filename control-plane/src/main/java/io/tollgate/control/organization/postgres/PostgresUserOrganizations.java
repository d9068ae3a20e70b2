package io.tollgate.control.organization.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.organization.Mode;
import io.tollgate.control.organization.Slug;
import io.tollgate.control.organization.UserOrganizations;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/// Organizations of users in PostgreSQL.
public final class PostgresUserOrganizations implements UserOrganizations {
    private static final String TIME_ZONE = "UTC";
    private static final String CURRENCY = "USD";
    private static final String UNIQUE_VIOLATION = "23505";

    private static final String JOINED = """
            SELECT o.id, o.name, o.slug, o.created_at, coalesce(o.updated_at, o.created_at) AS changed_at, o.plan_type,
                   m.role, (SELECT count(*) FROM members c WHERE c.organization_id = o.id) AS members
            FROM members m JOIN organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL
            WHERE m.user_id = :userId
            """;

    private final DefinitionChanges changes;

    public PostgresUserOrganizations(DefinitionChanges changes) {
        this.changes = changes;
    }

    @Override
    public List<Joined> of(UserId userId) {
        return changes.read(handle -> handle.createQuery(JOINED + " ORDER BY m.created_at, o.id LIMIT :limit")
                .bind("userId", userId.value())
                .bind("limit", LISTED_MAX)
                .map((row, context) -> joined(row))
                .list());
    }

    private static Joined joined(ResultSet row) throws SQLException {
        return new Joined(
                new OrganizationId(row.getString("id")),
                row.getString("name"),
                Optional.ofNullable(row.getString("slug")),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("changed_at", OffsetDateTime.class).toInstant(),
                row.getInt("members"),
                row.getString("plan_type"),
                MemberRole.valueOf(row.getString("role")));
    }

    private static Optional<Joined> joined(Handle handle, UserId userId, OrganizationId organizationId) {
        return handle.createQuery(JOINED + " AND o.id = :id")
                .bind("userId", userId.value())
                .bind("id", organizationId.value())
                .map((row, context) -> joined(row))
                .findOne();
    }

    private static Outcome done(Optional<Joined> joined) {
        return joined.<Outcome>map(Outcome.Done::new).orElseGet(Outcome.Unknown::new);
    }

    @Override
    public Outcome create(Actor actor, UserId userId, String name, Slug slug) {
        return unlessSlugIsTaken(() -> changes.make(handle -> {
            // The row is held, so that a user's organizations are counted one after the other.
            String email = handle.createQuery("SELECT email FROM users WHERE id = :id FOR UPDATE")
                    .bind("id", userId.value())
                    .mapTo(String.class)
                    .one();
            if (owned(handle, userId) >= OWNED_MAX) {
                return new Outcome.TooMany();
            }
            OrganizationId id = OrganizationId.of(UUID.randomUUID());
            OffsetDateTime now = DefinitionChanges.utc(changes.now());
            OrganizationDao organizations = handle.attach(OrganizationDao.class);
            organizations.insert(id.value(), name, slug.value(), email, TIME_ZONE, CURRENCY, Mode.LIVE.word(), now);
            organizations.addOwner(id.value(), userId.value(), now);
            audit(
                    handle,
                    actor,
                    id,
                    "create_business",
                    named(name, slug.value()).put("owner", userId.value()));
            return done(joined(handle, userId, id));
        }));
    }

    private static int owned(Handle handle, UserId userId) {
        return handle.createQuery("SELECT count(*) FROM members WHERE user_id = :id AND role = 'OWNER'")
                .bind("id", userId.value())
                .mapTo(Integer.class)
                .one();
    }

    @Override
    public Outcome rename(
            Actor actor, UserId userId, OrganizationId organizationId, Optional<String> name, Optional<Slug> slug) {
        return unlessSlugIsTaken(() -> changes.make(handle -> {
            OrganizationDao organizations = handle.attach(OrganizationDao.class);
            organizations.lock(organizationId.value());
            Optional<Joined> found = joined(handle, userId, organizationId);
            if (found.isEmpty()) {
                return new Outcome.Unknown();
            }
            Joined before = found.get();
            String newName = name.orElse(before.name());
            Optional<String> newSlug = slug.map(Slug::value).or(before::slug);
            organizations.rename(
                    organizationId.value(), newName, newSlug.orElse(null), DefinitionChanges.utc(changes.now()));
            ObjectNode details = JsonNodeFactory.instance.objectNode();
            details.set("before", named(before.name(), before.slug().orElse("")));
            details.set("after", named(newName, newSlug.orElse("")));
            audit(handle, actor, organizationId, "update_business", details);
            return done(joined(handle, userId, organizationId));
        }));
    }

    private interface Change {
        Outcome make();
    }

    // Only the database can promise that nobody else takes the slug in the same moment.
    private static Outcome unlessSlugIsTaken(Change change) {
        try {
            return change.make();
        } catch (UnableToExecuteStatementException e) {
            if (e.getCause() instanceof SQLException sql && UNIQUE_VIOLATION.equals(sql.getSQLState())) {
                return new Outcome.SlugTaken();
            }
            throw e;
        }
    }

    private void audit(Handle handle, Actor actor, OrganizationId id, String action, ObjectNode details) {
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(actor, id, action, "business", id.value(), changes.now())
                        .with(details));
    }

    private static ObjectNode named(String name, String slug) {
        return JsonNodeFactory.instance.objectNode().put("name", name).put("slug", slug);
    }
}
