package io.tollgate.control.key.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.key.ApiKey;
import io.tollgate.control.key.ApiKeyJson;
import io.tollgate.control.key.ApiKeys;
import io.tollgate.control.key.KeyCreation;
import io.tollgate.control.key.KeyName;
import io.tollgate.control.key.KeyText;
import io.tollgate.control.outbox.OutboxPublisher;
import io.tollgate.control.outbox.OutboxRow;
import io.tollgate.control.outbox.postgres.PostgresOutbox;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// API keys in PostgreSQL.
public final class PostgresApiKeys implements ApiKeys {
    private final Jdbi jdbi;
    private final PostgresOutbox outbox;
    private final OutboxPublisher publisher;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /// @param jdbi with the PostgreSQL and SQL object plugins
    public PostgresApiKeys(Jdbi jdbi, PostgresOutbox outbox, OutboxPublisher publisher, InstantSource clock) {
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.publisher = publisher;
        this.clock = clock;
    }

    private record Attempt(KeyCreation outcome, OptionalLong change) {
        static Attempt without(KeyCreation outcome) {
            return new Attempt(outcome, OptionalLong.empty());
        }
    }

    @Override
    public KeyCreation create(OrganizationId organizationId, KeyName name) {
        Attempt attempt = jdbi.inTransaction(handle -> create(handle, organizationId, name));
        attempt.change().ifPresent(publisher::awaitApplied);
        return attempt.outcome();
    }

    private Attempt create(Handle handle, OrganizationId organizationId, KeyName name) {
        ApiKeyDao keys = handle.attach(ApiKeyDao.class);
        if (keys.lockOrganization(organizationId.value()).isEmpty()) {
            return Attempt.without(new KeyCreation.NoOrganization());
        }
        List<ApiKeyDao.Row> active = keys.active(organizationId.value());
        if (active.stream().anyMatch(row -> row.keyName().equals(name.value()))) {
            return Attempt.without(new KeyCreation.NameTaken());
        }
        if (active.size() >= ACTIVE_MAX) {
            return Attempt.without(new KeyCreation.LimitReached());
        }
        KeyText text = KeyText.ofOrganization(random);
        Instant now = now();
        ApiKey key = new ApiKey(UUID.randomUUID().toString(), organizationId, name, text.hash(), text.prefix(), now);
        keys.insert(toRow(key));
        long change = outbox.append(
                handle, OutboxRow.definition(Topics.KEY_DEFINITIONS, key.hash(), ApiKeyJson.toJson(key)), now);
        return new Attempt(new KeyCreation.Created(key, text), OptionalLong.of(change));
    }

    @Override
    public Optional<List<ApiKey>> active(OrganizationId organizationId) {
        return jdbi.withHandle(handle -> {
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
        OptionalLong change = jdbi.inTransaction(handle -> delete(handle, organizationId, name));
        change.ifPresent(publisher::awaitApplied);
        return change.isPresent();
    }

    private OptionalLong delete(Handle handle, OrganizationId organizationId, KeyName name) {
        ApiKeyDao keys = handle.attach(ApiKeyDao.class);
        if (keys.lockOrganization(organizationId.value()).isEmpty()) {
            return OptionalLong.empty();
        }
        Optional<ApiKeyDao.Row> key = keys.active(organizationId.value()).stream()
                .filter(row -> row.keyName().equals(name.value()))
                .findFirst();
        if (key.isEmpty()) {
            return OptionalLong.empty();
        }
        Instant now = now();
        keys.revoke(key.get().id(), now.atOffset(ZoneOffset.UTC));
        return OptionalLong.of(outbox.append(
                handle, OutboxRow.tombstone(Topics.KEY_DEFINITIONS, key.get().keyHash()), now));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
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
