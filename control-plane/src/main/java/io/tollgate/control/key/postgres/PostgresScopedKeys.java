package io.tollgate.control.key.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.access.Permission;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.key.KeyRotation;
import io.tollgate.control.key.KeyStanding;
import io.tollgate.control.key.KeyText;
import io.tollgate.control.key.ScopedKey;
import io.tollgate.control.key.ScopedKeyDraft;
import io.tollgate.control.key.ScopedKeyPage;
import io.tollgate.control.key.ScopedKeys;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// Scoped keys in PostgreSQL.
public final class PostgresScopedKeys implements ScopedKeys {
    private static final String KIND = "scoped";

    private final DefinitionChanges changes;
    private final SecureRandom random = new SecureRandom();

    public PostgresScopedKeys(DefinitionChanges changes) {
        this.changes = changes;
    }

    @Override
    public Optional<Made> create(Actor actor, OrganizationId organizationId, ScopedKeyDraft draft) {
        return changes.make(handle -> {
            if (handle.attach(ApiKeyDao.class)
                    .holdOrganization(organizationId.value())
                    .isEmpty()) {
                return Optional.empty();
            }
            Made made = insert(handle, organizationId, draft);
            audit(handle, actor, "create_key", made.key());
            return Optional.of(made);
        });
    }

    private Made insert(Handle handle, OrganizationId organizationId, ScopedKeyDraft draft) {
        KeyText text = KeyText.scoped(random);
        ScopedKey key = new ScopedKey(
                UUID.randomUUID().toString(),
                organizationId,
                draft.name(),
                text.prefix(),
                draft.permissions(),
                draft.expiresAt(),
                draft.allowedCidrs(),
                changes.now(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        handle.attach(ApiKeyDao.class)
                .insert(new ApiKeyDao.Row(
                        key.id(),
                        organizationId.value(),
                        KIND,
                        KIND,
                        null,
                        key.name(),
                        text.hash(),
                        key.prefix(),
                        words(key.permissions()),
                        key.expiresAt().map(DefinitionChanges::utc).orElse(null),
                        key.allowedCidrs(),
                        DefinitionChanges.utc(key.createdAt()),
                        null,
                        null,
                        null));
        return new Made(key, text);
    }

    @Override
    public ScopedKeyPage list(
            OrganizationId organizationId, boolean includeRevoked, Optional<TimeCursor> after, int limit) {
        List<ScopedKey> found = changes.read(handle -> handle
                .attach(ApiKeyDao.class)
                .scoped(
                        organizationId.value(),
                        includeRevoked,
                        after.map(TimeCursor::at).map(DefinitionChanges::utc).orElse(null),
                        after.map(TimeCursor::id).orElse(null),
                        limit + 1)
                .stream()
                .map(PostgresScopedKeys::fromRow)
                .toList());
        if (found.size() <= limit) {
            return new ScopedKeyPage(found, Optional.empty());
        }
        List<ScopedKey> shown = found.subList(0, limit);
        ScopedKey last = shown.getLast();
        return new ScopedKeyPage(shown, Optional.of(new TimeCursor(last.createdAt(), last.id())));
    }

    @Override
    public Optional<ScopedKey> find(OrganizationId organizationId, String id) {
        return changes.read(handle -> handle.attach(ApiKeyDao.class).findScoped(organizationId.value(), id))
                .map(PostgresScopedKeys::fromRow);
    }

    @Override
    public KeyRotation rotate(Actor actor, OrganizationId organizationId, String id, Duration overlap) {
        return changes.make(handle -> {
            ApiKeyDao keys = handle.attach(ApiKeyDao.class);
            Optional<ScopedKey> locked =
                    keys.lockScoped(organizationId.value(), id).map(PostgresScopedKeys::fromRow);
            if (locked.isEmpty()) {
                return new KeyRotation.NoKey();
            }
            ScopedKey old = locked.get();
            Instant now = changes.now();
            Optional<String> ended = ended(old, now)
                    .or(() -> old.replacedBy().map(successor -> "Key has been replaced by " + successor));
            if (ended.isPresent()) {
                return new KeyRotation.NotActive(ended.get());
            }
            Made made = insert(
                    handle,
                    organizationId,
                    new ScopedKeyDraft(old.name(), old.permissions(), old.expiresAt(), old.allowedCidrs()));
            Instant until = now.plus(overlap);
            Instant validUntil = old.expiresAt().filter(until::isAfter).orElse(until);
            if (overlap.isZero()) {
                keys.replaceNow(old.id(), made.key().id(), DefinitionChanges.utc(now));
            } else {
                keys.replaceLater(old.id(), made.key().id(), DefinitionChanges.utc(validUntil));
            }
            audit(handle, actor, "rotate_key", old, made.key());
            return new KeyRotation.Rotated(made.key(), made.text(), old.id(), validUntil);
        });
    }

    @Override
    public boolean revoke(Actor actor, OrganizationId organizationId, String id) {
        return changes.make(handle -> {
            ApiKeyDao keys = handle.attach(ApiKeyDao.class);
            Optional<ScopedKey> locked =
                    keys.lockScoped(organizationId.value(), id).map(PostgresScopedKeys::fromRow);
            locked.ifPresent(key -> {
                if (keys.revoke(id, DefinitionChanges.utc(changes.now())) > 0) {
                    audit(handle, actor, "delete_key", key);
                }
            });
            return locked.isPresent();
        });
    }

    @Override
    public KeyStanding standing(OrganizationId organizationId, KeyText text) {
        Optional<ApiKeyDao.Row> found =
                changes.read(handle -> handle.attach(ApiKeyDao.class).byHash(organizationId.value(), text.hash()));
        if (found.isEmpty()) {
            return new KeyStanding.Invalid("Invalid key");
        }
        ApiKeyDao.Row row = found.get();
        Optional<String> ended = ended(fromRow(row), changes.now());
        if (ended.isPresent()) {
            return new KeyStanding.Invalid(ended.get());
        }
        return switch (row.kind()) {
            case KIND -> new KeyStanding.Valid(organizationId, permissions(row));
            case "organization" -> new KeyStanding.Valid(organizationId, EnumSet.allOf(Permission.class));
            default -> new KeyStanding.Valid(organizationId, Set.of());
        };
    }

    private static Optional<String> ended(ScopedKey key, Instant now) {
        if (key.revokedAt().isPresent()) {
            return Optional.of("Key has been revoked");
        }
        return key.expiresAt().filter(end -> !end.isAfter(now)).map(end -> "Key has expired");
    }

    private void audit(Handle handle, Actor actor, String action, ScopedKey key, ScopedKey... successors) {
        ObjectNode details = JsonNodeFactory.instance
                .objectNode()
                .put("key_type", KIND)
                .put("key_name", key.name())
                .put("key_prefix", key.prefix());
        words(key.permissions()).forEach(details.withArray("permissions")::add);
        for (ScopedKey successor : successors) {
            details.put("replaced_by", successor.id());
        }
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(actor, key.organizationId(), action, "key", key.id(), changes.now())
                        .with(details));
    }

    private static List<String> words(Set<Permission> permissions) {
        return permissions.stream().map(Permission::word).toList();
    }

    private static Set<Permission> permissions(ApiKeyDao.Row row) {
        Set<Permission> permissions = EnumSet.noneOf(Permission.class);
        row.permissions().forEach(word -> Permission.ofWord(word).ifPresent(permissions::add));
        return permissions;
    }

    private static ScopedKey fromRow(ApiKeyDao.Row row) {
        return new ScopedKey(
                row.id(),
                new OrganizationId(row.organizationId()),
                row.keyName(),
                row.keyPrefix(),
                permissions(row),
                Optional.ofNullable(row.expiresAt()).map(OffsetDateTime::toInstant),
                row.allowedCidrs(),
                row.createdAt().toInstant(),
                Optional.ofNullable(row.lastUsedAt()).map(OffsetDateTime::toInstant),
                Optional.ofNullable(row.revokedAt()).map(OffsetDateTime::toInstant),
                Optional.ofNullable(row.replacedBy()));
    }
}
