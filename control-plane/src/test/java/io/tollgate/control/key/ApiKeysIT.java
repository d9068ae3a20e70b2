package io.tollgate.control.key;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.control.key.postgres.PostgresApiKeys;
import io.tollgate.control.organization.Mode;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.organization.postgres.PostgresOrganizations;
import io.tollgate.control.outbox.InMemoryDefinitionLog;
import io.tollgate.control.outbox.OutboxPublisher;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.outbox.postgres.PostgresOutbox;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ApiKeysIT {
    private final InstantSource clock = InstantSource.fixed(Instant.parse("2026-11-21T10:00:00Z"));
    private final Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());
    private final PostgresOutbox outbox = new PostgresOutbox(jdbi, clock);
    private final OutboxPublisher publisher = new OutboxPublisher(
            outbox, new InMemoryDefinitionLog(), (topic, recordKey, offset, atMost) -> true, new SimpleMeterRegistry());
    private final ApiKeys keys = new PostgresApiKeys(new DefinitionChanges(jdbi, publisher, clock));
    private OrganizationId organization = new OrganizationId("unset");

    @BeforeEach
    void makeOrganization() {
        publisher.start();
        organization = new PostgresOrganizations(new DefinitionChanges(jdbi, publisher, clock))
                .create(
                        Actor.SYSTEM,
                        new OrganizationDraft(
                                "Acme", "a@example.com", ZoneId.of("UTC"), Currency.getInstance("USD"), Mode.LIVE))
                .id();
    }

    @AfterEach
    void stop() {
        publisher.stop(Duration.ofSeconds(5));
    }

    private static KeyHolder holder(OrganizationId id) {
        return new KeyHolder.OfOrganization(id);
    }

    @Test
    void createdKeyIsListedWithoutItsText() {
        KeyCreation.Created created =
                (KeyCreation.Created) keys.create(Actor.SYSTEM, holder(organization), new KeyName("first"));

        assertThat(keys.active(holder(organization))).contains(List.of(created.key()));
        assertThat(keys.find(holder(organization), new KeyName("first"))).contains(created.key());
        String stored = jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT api_keys::text || coalesce((SELECT string_agg(outbox::text, '') FROM outbox), '') FROM api_keys")
                .mapTo(String.class)
                .one());
        assertThat(stored)
                .contains(created.text().hash())
                .doesNotContain(created.text().reveal().substring(12));
    }

    @Test
    void nameIsUniqueWhileActiveAndFreeAfterDeletion() {
        keys.create(Actor.SYSTEM, holder(organization), new KeyName("first"));

        assertThat(keys.create(Actor.SYSTEM, holder(organization), new KeyName("first")))
                .isInstanceOf(KeyCreation.NameTaken.class);
        assertThat(keys.delete(Actor.SYSTEM, holder(organization), new KeyName("first")))
                .isInstanceOf(KeyDeletion.Deleted.class);
        assertThat(keys.delete(Actor.SYSTEM, holder(organization), new KeyName("first")))
                .isInstanceOf(KeyDeletion.NoKey.class);
        assertThat(keys.create(Actor.SYSTEM, holder(organization), new KeyName("first")))
                .isInstanceOf(KeyCreation.Created.class);
    }

    @Test
    void thirdActiveKeyIsRefused() {
        keys.create(Actor.SYSTEM, holder(organization), new KeyName("first"));
        keys.create(Actor.SYSTEM, holder(organization), new KeyName("second"));

        assertThat(keys.create(Actor.SYSTEM, holder(organization), new KeyName("third")))
                .isInstanceOf(KeyCreation.LimitReached.class);
        keys.delete(Actor.SYSTEM, holder(organization), new KeyName("first"));
        assertThat(keys.create(Actor.SYSTEM, holder(organization), new KeyName("third")))
                .isInstanceOf(KeyCreation.Created.class);
    }

    @Test
    void limitHoldsUnderConcurrency() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<KeyCreation>> attempts = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                KeyName name = new KeyName("key " + i);
                attempts.add(threads.submit(() -> keys.create(Actor.SYSTEM, holder(organization), name)));
            }
            int created = 0;
            for (Future<KeyCreation> attempt : attempts) {
                created += attempt.get() instanceof KeyCreation.Created ? 1 : 0;
            }
            assertThat(created).isEqualTo(ApiKeys.ACTIVE_MAX);
        }
        assertThat(keys.active(holder(organization)).orElseThrow()).hasSize(ApiKeys.ACTIVE_MAX);
    }

    @Test
    void unknownOrganizationHasNoKeys() {
        OrganizationId unknown = OrganizationId.of(UUID.randomUUID());

        assertThat(keys.create(Actor.SYSTEM, holder(unknown), new KeyName("first")))
                .isInstanceOf(KeyCreation.NoHolder.class);
        assertThat(keys.active(holder(unknown))).isEmpty();
        assertThat(keys.delete(Actor.SYSTEM, holder(unknown), new KeyName("first")))
                .isInstanceOf(KeyDeletion.NoKey.class);
    }
}
