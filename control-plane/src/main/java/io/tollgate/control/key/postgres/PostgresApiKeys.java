package io.tollgate.control.key.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.control.key.ApiKey;
import io.tollgate.control.key.ApiKeys;
import io.tollgate.control.key.KeyCreation;
import io.tollgate.control.key.KeyName;
import io.tollgate.control.key.KeyText;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.security.SecureRandom;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// API keys in PostgreSQL.
public final class PostgresApiKeys implements ApiKeys {
    private final DefinitionChanges changes;
    private final SecureRandom random = new SecureRandom();

    public PostgresApiKeys(DefinitionChanges changes) {
        this.changes = changes;
    }

    @Override
    public KeyCreation create(OrganizationId organizationId, KeyName name) {
        return changes.make(handle -> create(handle, organizationId, name));
    }

    private KeyCreation create(Handle handle, OrganizationId organizationId, KeyName name) {
        ApiKeyDao keys = handle.attach(ApiKeyDao.class);
        if (keys.lockOrganization(organizationId.value()).isEmpty()) {
            return new KeyCreation.NoOrganization();
        }
        List<ApiKeyDao.Row> active = keys.active(organizationId.value());
        if (active.stream().anyMatch(row -> row.keyName().equals(name.value()))) {
            return new KeyCreation.NameTaken();
        }
        if (active.size() >= ACTIVE_MAX) {
            return new KeyCreation.LimitReached();
        }
        KeyText text = KeyText.ofOrganization(random);
        ApiKey key = new ApiKey(
                UUID.randomUUID().toString(), organizationId, name, text.hash(), text.prefix(), changes.now());
        keys.insert(toRow(key));
        return new KeyCreation.Created(key, text);
    }

    @Override
    public Optional<List<ApiKey>> active(OrganizationId organizationId) {
        return changes.read(handle -> {
            ApiKeyDao keys = handle.attach(ApiKeyDao.class);
            if (!keys.organizationExists(organizationId.value())) {
                return Optional.empty();
            }
            return Optional.of(keys.active(organizationId.value()).stream()
                    .map(PostgresApiKeys::fromRow)
                    .toList());
        });
    }

    @Override
    public Optional<ApiKey> find(OrganizationId organizationId, KeyName name) {
        return active(organizationId).orElse(List.of()).stream()
                .filter(key -> key.name().equals(name))
                .findFirst();
    }

    @Override
    public boolean delete(OrganizationId organizationId, KeyName name) {
        return changes.make(handle -> delete(handle, organizationId, name));
    }

    private boolean delete(Handle handle, OrganizationId organizationId, KeyName name) {
        ApiKeyDao keys = handle.attach(ApiKeyDao.class);
        if (keys.lockOrganization(organizationId.value()).isEmpty()) {
            return false;
        }
        Optional<ApiKeyDao.Row> key = keys.active(organizationId.value()).stream()
                .filter(row -> row.keyName().equals(name.value()))
                .findFirst();
        if (key.isEmpty()) {
            return false;
        }
        keys.revoke(key.get().id(), DefinitionChanges.utc(changes.now()));
        return true;
    }

    private static ApiKeyDao.Row toRow(ApiKey key) {
        return new ApiKeyDao.Row(
                key.id(),
                key.organizationId().value(),
                key.name().value(),
                key.hash(),
                key.prefix(),
                key.createdAt().atOffset(ZoneOffset.UTC));
    }

    private static ApiKey fromRow(ApiKeyDao.Row row) {
        return new ApiKey(
                row.id(),
                new OrganizationId(row.organizationId()),
                new KeyName(row.keyName()),
                row.keyHash(),
                row.keyPrefix(),
                row.createdAt().toInstant());
    }
}
