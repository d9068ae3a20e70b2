package io.tollgate.control.credential.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.secret.CannotOpenException;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.secret.SecretPlace;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.credential.Credential;
import io.tollgate.control.credential.CredentialStorage;
import io.tollgate.control.credential.CredentialType;
import io.tollgate.control.credential.Credentials;
import io.tollgate.control.credential.OpenCredential;
import io.tollgate.control.key.KeyName;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Credentials in PostgreSQL, each sealed for its organization, type and name: moved to another row it cannot be
/// opened.
public final class PostgresCredentials implements Credentials {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresCredentials.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final TypeReference<Map<String, String>> PARTS = new TypeReference<>() {};

    /// Credentials that are sealed anew in one transaction, which locks them.
    private static final int RESEALED_AT_ONCE = 100;

    private final DefinitionChanges changes;
    private final Optional<SecretBox> box;

    /// @param box absent if the operator has set no encryption key
    public PostgresCredentials(DefinitionChanges changes, Optional<SecretBox> box) {
        this.changes = changes;
        this.box = box;
    }

    @Override
    public boolean configured() {
        return box.isPresent();
    }

    @Override
    public CredentialStorage create(
            Actor actor, OrganizationId organizationId, CredentialType type, KeyName name, Map<String, String> parts) {
        return changes.make(handle -> store(handle, actor, organizationId, type, name, parts, false));
    }

    @Override
    public CredentialStorage put(
            Actor actor, OrganizationId organizationId, CredentialType type, KeyName name, Map<String, String> parts) {
        return changes.make(handle -> store(handle, actor, organizationId, type, name, parts, true));
    }

    private CredentialStorage store(
            Handle handle,
            Actor actor,
            OrganizationId organizationId,
            CredentialType type,
            KeyName name,
            Map<String, String> parts,
            boolean replaces) {
        CredentialDao credentials = handle.attach(CredentialDao.class);
        if (credentials.lockOrganization(organizationId.value()).isEmpty()) {
            return new CredentialStorage.NoOrganization();
        }
        List<CredentialDao.Row> active = ofType(credentials, organizationId, type);
        Optional<CredentialDao.Row> before = active.stream()
                .filter(row -> row.keyName().equals(name.value()))
                .findFirst();
        if (before.isPresent()) {
            if (!replaces) {
                return new CredentialStorage.NameTaken();
            }
            replace(handle, actor, before.get(), parts);
            return new CredentialStorage.Stored(fromRow(before.get()));
        }
        if (active.size() >= ACTIVE_MAX) {
            return new CredentialStorage.LimitReached();
        }
        OffsetDateTime now = DefinitionChanges.utc(changes.now());
        CredentialDao.Row row = new CredentialDao.Row(
                UUID.randomUUID().toString(),
                organizationId.value(),
                type.word(),
                name.value(),
                box().seal(toJson(parts), SecretPlace.credential(organizationId, type.word(), name.value())),
                now,
                now);
        credentials.insert(row);
        audit(handle, actor, "create_key", row);
        return new CredentialStorage.Stored(fromRow(row));
    }

    private void replace(Handle handle, Actor actor, CredentialDao.Row row, Map<String, String> parts) {
        handle.attach(CredentialDao.class)
                .update(row.id(), box().seal(toJson(parts), place(row)), DefinitionChanges.utc(changes.now()));
        audit(handle, actor, "update_key", row);
    }

    @Override
    public boolean update(
            Actor actor, OrganizationId organizationId, CredentialType type, KeyName name, Map<String, String> parts) {
        return changes.make(handle -> {
            Optional<CredentialDao.Row> row = locked(handle, organizationId, type, name);
            row.ifPresent(found -> replace(handle, actor, found, parts));
            return row.isPresent();
        });
    }

    @Override
    public List<Credential> active(OrganizationId organizationId) {
        return changes.read(handle -> handle.attach(CredentialDao.class).active(organizationId.value()).stream()
                .map(PostgresCredentials::fromRow)
                .toList());
    }

    @Override
    public Optional<Credential> find(OrganizationId organizationId, CredentialType type, KeyName name) {
        return active(organizationId).stream()
                .filter(credential ->
                        credential.type() == type && credential.name().equals(name))
                .findFirst();
    }

    @Override
    public List<OpenCredential> open(OrganizationId organizationId, CredentialType type) {
        return changes.read(handle -> ofType(handle.attach(CredentialDao.class), organizationId, type)).stream()
                .map(row -> new OpenCredential(fromRow(row), fromJson(box().open(row.ciphertext(), place(row)))))
                .toList();
    }

    @Override
    public boolean delete(Actor actor, OrganizationId organizationId, CredentialType type, KeyName name) {
        return changes.make(handle -> {
            Optional<CredentialDao.Row> row = locked(handle, organizationId, type, name);
            row.ifPresent(found -> {
                handle.attach(CredentialDao.class).delete(found.id());
                audit(handle, actor, "delete_key", found);
            });
            return row.isPresent();
        });
    }

    /// Seals under the current key what was sealed under one before it, so that such a key can be let go. Answers how
    /// many were; what cannot be opened stays as it is.
    public int resealAll() {
        if (box.isEmpty()) {
            return 0;
        }
        int resealed = 0;
        String after = "";
        while (true) {
            String from = after;
            Batch batch = changes.make(handle -> reseal(handle, from));
            resealed += batch.resealed();
            if (batch.last().isEmpty()) {
                return resealed;
            }
            after = batch.last().get();
        }
    }

    /// @param last id of the last one looked at; absent at the end
    private record Batch(int resealed, Optional<String> last) {}

    private Batch reseal(Handle handle, String after) {
        CredentialDao credentials = handle.attach(CredentialDao.class);
        List<CredentialDao.Row> rows = credentials.lockAfter(after, RESEALED_AT_ONCE);
        int resealed = 0;
        for (CredentialDao.Row row : rows) {
            try {
                if (box().needsRotation(row.ciphertext())) {
                    byte[] sealed = box().seal(box().open(row.ciphertext(), place(row)), place(row));
                    credentials.update(row.id(), sealed, DefinitionChanges.utc(changes.now()));
                    resealed++;
                }
            } catch (CannotOpenException e) {
                LOG.error(
                        "The credential {} of {} cannot be opened: {}", row.id(), row.organizationId(), e.getMessage());
            }
        }
        return new Batch(
                resealed,
                rows.isEmpty() ? Optional.empty() : Optional.of(rows.getLast().id()));
    }

    private SecretBox box() {
        return box.orElseThrow(() -> new IllegalStateException("there is no encryption key"));
    }

    private static Optional<CredentialDao.Row> locked(
            Handle handle, OrganizationId organizationId, CredentialType type, KeyName name) {
        CredentialDao credentials = handle.attach(CredentialDao.class);
        if (credentials.lockOrganization(organizationId.value()).isEmpty()) {
            return Optional.empty();
        }
        return ofType(credentials, organizationId, type).stream()
                .filter(row -> row.keyName().equals(name.value()))
                .findFirst();
    }

    private static List<CredentialDao.Row> ofType(
            CredentialDao credentials, OrganizationId organizationId, CredentialType type) {
        return credentials.active(organizationId.value()).stream()
                .filter(row -> row.keyType().equals(type.word()))
                .toList();
    }

    private void audit(Handle handle, Actor actor, String action, CredentialDao.Row row) {
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(actor, new OrganizationId(row.organizationId()), action, "key", row.id(), changes.now())
                        .with(JsonNodeFactory.instance
                                .objectNode()
                                .put("key_type", row.keyType())
                                .put("key_name", row.keyName())));
    }

    private static String place(CredentialDao.Row row) {
        return SecretPlace.credential(new OrganizationId(row.organizationId()), row.keyType(), row.keyName());
    }

    private static String toJson(Map<String, String> parts) {
        try {
            return JSON.writeValueAsString(new TreeMap<>(parts));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts can always be written as JSON", e);
        }
    }

    private static Map<String, String> fromJson(String json) {
        try {
            return JSON.readValue(json, PARTS);
        } catch (JsonProcessingException e) {
            // Not as the cause: its message would quote the secret.
            throw new IllegalStateException("a sealed credential is no object of strings");
        }
    }

    private static Credential fromRow(CredentialDao.Row row) {
        return new Credential(
                row.id(),
                new OrganizationId(row.organizationId()),
                CredentialType.ofWord(row.keyType())
                        .orElseThrow(() -> new IllegalStateException("unknown type " + row.keyType())),
                new KeyName(row.keyName()),
                row.createdAt().toInstant());
    }
}
