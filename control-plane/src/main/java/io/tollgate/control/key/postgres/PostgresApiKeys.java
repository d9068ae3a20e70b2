package io.tollgate.control.key.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.key.ApiKey;
import io.tollgate.control.key.ApiKeys;
import io.tollgate.control.key.KeyCreation;
import io.tollgate.control.key.KeyDeletion;
import io.tollgate.control.key.KeyHolder;
import io.tollgate.control.key.KeyName;
import io.tollgate.control.key.KeyText;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.security.SecureRandom;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// API keys in PostgreSQL.
public final class PostgresApiKeys implements ApiKeys {
    private final DefinitionChanges changes;
    private final SecureRandom random = new SecureRandom();

    public PostgresApiKeys(DefinitionChanges changes) {
        this.changes = changes;
    }

    @Override
    public KeyCreation create(Actor actor, KeyHolder holder, KeyName name) {
        return changes.make(handle -> create(handle, actor, holder, name));
    }

    private KeyCreation create(Handle handle, Actor actor, KeyHolder holder, KeyName name) {
        ApiKeyDao keys = handle.attach(ApiKeyDao.class);
        if (!locked(keys, holder)) {
            return new KeyCreation.NoHolder();
        }
        List<ApiKeyDao.Row> active = active(keys, holder);
        if (active.stream().anyMatch(row -> row.keyName().equals(name.value()))) {
            return new KeyCreation.NameTaken();
        }
        if (active.size() >= ACTIVE_MAX) {
            return new KeyCreation.LimitReached();
        }
        KeyText text = KeyText.of(holder, random);
        ApiKey key = new ApiKey(
                UUID.randomUUID().toString(),
                holder,
                name,
                text.hash(),
                text.prefix(),
                changes.now(),
                Optional.empty());
        keys.insert(toRow(key));
        audit(handle, actor, "create_key", key);
        return new KeyCreation.Created(key, text);
    }

    @Override
    public Optional<List<ApiKey>> active(KeyHolder holder) {
        return changes.read(handle -> {
            ApiKeyDao keys = handle.attach(ApiKeyDao.class);
            if (!exists(keys, holder)) {
                return Optional.empty();
            }
            return Optional.of(active(keys, holder).stream()
                    .map(row -> fromRow(holder, row))
                    .toList());
        });
    }

    @Override
    public Optional<ApiKey> find(KeyHolder holder, KeyName name) {
        return active(holder).orElse(List.of()).stream()
                .filter(key -> key.name().equals(name))
                .findFirst();
    }

    @Override
    public KeyDeletion delete(Actor actor, KeyHolder holder, KeyName name) {
        return changes.make(handle -> delete(handle, actor, holder, name));
    }

    private KeyDeletion delete(Handle handle, Actor actor, KeyHolder holder, KeyName name) {
        ApiKeyDao keys = handle.attach(ApiKeyDao.class);
        if (!locked(keys, holder)) {
            return new KeyDeletion.NoKey();
        }
        Optional<ApiKey> key = active(keys, holder).stream()
                .filter(row -> row.keyName().equals(name.value()))
                .map(row -> fromRow(holder, row))
                .findFirst();
        if (key.isEmpty()) {
            boolean elsewhere = holder instanceof KeyHolder.OfTenant
                    && keys.anyTenantHas(holder.organizationId().value(), name.value());
            return elsewhere ? new KeyDeletion.OfAnotherTenant() : new KeyDeletion.NoKey();
        }
        int revoked = keys.revoke(key.get().id(), DefinitionChanges.utc(changes.now()));
        if (revoked > 0) {
            audit(handle, actor, "delete_key", key.get());
        }
        return new KeyDeletion.Deleted();
    }

    private static List<ApiKeyDao.Row> active(ApiKeyDao keys, KeyHolder holder) {
        return keys.active(holder.organizationId().value(), holder.kind(), tenant(holder));
    }

    private static boolean locked(ApiKeyDao keys, KeyHolder holder) {
        String organizationId = holder.organizationId().value();
        return switch (holder) {
            case KeyHolder.OfOrganization organization ->
                keys.lockOrganization(organizationId).isPresent();
            case KeyHolder.OfTenant tenant ->
                keys.holdOrganization(organizationId).isPresent()
                        && keys.lockTenant(organizationId, tenant.id().value()).isPresent();
        };
    }

    private static boolean exists(ApiKeyDao keys, KeyHolder holder) {
        String organizationId = holder.organizationId().value();
        return switch (holder) {
            case KeyHolder.OfOrganization organization -> keys.organizationExists(organizationId);
            case KeyHolder.OfTenant tenant ->
                keys.tenantExists(organizationId, tenant.id().value());
        };
    }

    private void audit(Handle handle, Actor actor, String action, ApiKey key) {
        ObjectNode details = JsonNodeFactory.instance
                .objectNode()
                .put("key_type", key.holder().keyType())
                .put("key_name", key.name().value())
                .put("key_prefix", key.prefix())
                .put("customer_id", tenant(key.holder()));
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(actor, key.holder().organizationId(), action, "key", key.id(), changes.now())
                        .with(details));
    }

    private static @Nullable String tenant(KeyHolder holder) {
        return holder.tenantId().map(TenantId::value).orElse(null);
    }

    private static ApiKeyDao.Row toRow(ApiKey key) {
        return new ApiKeyDao.Row(
                key.id(),
                key.holder().organizationId().value(),
                key.holder().kind(),
                key.holder().keyType(),
                tenant(key.holder()),
                key.name().value(),
                key.hash(),
                key.prefix(),
                List.of(),
                null,
                List.of(),
                DefinitionChanges.utc(key.createdAt()),
                null,
                null,
                null);
    }

    private static ApiKey fromRow(KeyHolder holder, ApiKeyDao.Row row) {
        return new ApiKey(
                row.id(),
                holder,
                new KeyName(row.keyName()),
                row.keyHash(),
                row.keyPrefix(),
                row.createdAt().toInstant(),
                Optional.ofNullable(row.lastUsedAt()).map(OffsetDateTime::toInstant));
    }
}
