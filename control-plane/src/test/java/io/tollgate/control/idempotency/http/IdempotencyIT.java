package io.tollgate.control.idempotency.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.idempotency.Attempt;
import io.tollgate.control.idempotency.IdempotentRequests;
import io.tollgate.control.idempotency.RequestKey;
import io.tollgate.control.idempotency.StoredAnswer;
import io.tollgate.control.idempotency.postgres.PostgresIdempotentRequests;
import io.tollgate.control.key.ScopedKeys;
import io.tollgate.control.key.postgres.PostgresScopedKeys;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.organization.postgres.PostgresOrganizations;
import io.tollgate.control.tenant.TenantUsage;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.control.tenant.postgres.PostgresTenants;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IdempotencyIT {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private static final TestControl CONTROL = new TestControl(START);
    private OrganizationId organization = new OrganizationId("none");

    private static final class NoUsage implements TenantUsage {
        @Override
        public Map<TenantId, Long> events(OrganizationId organizationId, Collection<TenantId> tenants) {
            return Map.of();
        }

        @Override
        public List<OfMeter> total(OrganizationId organizationId, TenantId tenantId) {
            return List.of();
        }

        @Override
        public List<OfMeter> month(OrganizationId organizationId, TenantId tenantId, Instant now) {
            return List.of();
        }
    }

    @BeforeAll
    static void start() {
        CONTROL.with(Tenants.class, new PostgresTenants(CONTROL.changes()))
                .with(Organizations.class, new PostgresOrganizations(CONTROL.changes()))
                .with(TenantUsage.class, new NoUsage())
                .with(ScopedKeys.class, new PostgresScopedKeys(CONTROL.changes()))
                .with(
                        IdempotentRequests.class,
                        new PostgresIdempotentRequests(
                                CONTROL.jdbi(),
                                Optional.of(new SecretBox("the encryption key of these tests", List.of())),
                                () -> START))
                .start();
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    @BeforeEach
    void makeOrganization() {
        organization = CONTROL.newOrganization();
    }

    private HttpResponse<String> post(String principal, String path, String body, String key) {
        return CONTROL.exchange(principal, "POST", path, body, "Idempotency-Key", key);
    }

    private HttpResponse<String> tenant(String id, String key) {
        return post(organization.value(), "/api/v1/customers", "{\"customer_id\":\"" + id + "\"}", key);
    }

    @Test
    void repetitionGetsTheFirstAnswer() {
        HttpResponse<String> first = tenant("c1", "k");
        HttpResponse<String> second = tenant("c1", "k");

        assertThat(first.statusCode()).as(first.body()).isEqualTo(201);
        assertThat(first.headers().firstValue("Idempotent-Replay")).isEmpty();
        assertThat(second.statusCode()).isEqualTo(201);
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(second.headers().firstValue("Idempotent-Replay")).contains("true");
        assertThat(second.headers().firstValue("Content-Type"))
                .isEqualTo(first.headers().firstValue("Content-Type"));
        assertThat(tenant("c1", "other key").statusCode()).isEqualTo(409);
    }

    @Test
    void anotherBodyUnderTheKeyIs409() {
        tenant("c1", "k");

        HttpResponse<String> other = tenant("c2", "k");

        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(other.body()).contains("IDEMPOTENCY_KEY_REUSED");
    }

    /// Of callers at the same time one is served; the rest get its answer or are told to wait.
    @Test
    void concurrentRequestsAreCarriedOutOnce() throws Exception {
        List<HttpResponse<String>> answers = TestControl.concurrently(
                12, () -> post(organization.value(), "/api/v1/api-keys", "{\"name\":\"a\"}", "k"));

        assertThat(answers).extracting(HttpResponse::statusCode).contains(201).containsOnly(201, 409);
        assertThat(answers)
                .filteredOn(answer -> answer.statusCode() == 201)
                .extracting(HttpResponse::body)
                .containsOnly(post(organization.value(), "/api/v1/api-keys", "{\"name\":\"a\"}", "k")
                        .body());
        Long keys = CONTROL.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT count(*) FROM api_keys WHERE organization_id = :id")
                        .bind("id", organization.value())
                        .mapTo(Long.class)
                        .one());
        assertThat(keys).isEqualTo(1);
    }

    @Test
    void keysInAnswersAreKeptSealed() {
        HttpResponse<String> first = post(organization.value(), "/api/v1/api-keys", "{\"name\":\"a\"}", "k");

        HttpResponse<String> second = post(organization.value(), "/api/v1/api-keys", "{\"name\":\"a\"}", "k");

        assertThat(second.body()).isEqualTo(first.body()).contains("\"key\":\"usa_");
        assertThat(second.headers().firstValue("Cache-Control")).contains("no-store");
        String stored = CONTROL.jdbi()
                .withHandle(handle -> handle.createQuery(
                                "SELECT encode(body, 'escape') FROM idempotent_requests WHERE scope = :scope")
                        .bind("scope", organization.value())
                        .mapTo(String.class)
                        .one());
        assertThat(stored).isNotEmpty().doesNotContain("usa_");
    }

    /// Whoever may not make the call must not read its answer either.
    @Test
    void anotherCallerDoesNotGetTheAnswer() {
        post(organization.value(), "/api/v1/api-keys", "{\"name\":\"a\"}", "k");

        HttpResponse<String> other =
                post("scoped:" + organization + "/usage:read", "/api/v1/api-keys", "{\"name\":\"a\"}", "k");

        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(other.body()).doesNotContain("usa_");
    }

    @Test
    void refusedCallCanBeMadeAgain() {
        String body = "{\"customer_id\":\"c1\",\"email\":\"wrong\"}";
        assertThat(post(organization.value(), "/api/v1/customers", body, "k").statusCode())
                .isEqualTo(400);

        assertThat(tenant("c1", "k").statusCode()).isEqualTo(201);
        assertThat(post(organization.value(), "/api/v1/customers", body, "x".repeat(256))
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void attemptThatDiedAfterItsChangeIsNotMadeAgain() {
        RequestKey key = new RequestKey(organization.value(), "/p", "k");
        byte[] fingerprint = {1};
        var before = new PostgresIdempotentRequests(CONTROL.jdbi(), Optional.empty(), () -> START);
        var later = new PostgresIdempotentRequests(CONTROL.jdbi(), Optional.empty(), () -> START.plusSeconds(61));
        assertThat(before.attempt(key, fingerprint, Optional.of("died"))).isEqualTo(new Attempt.First());
        CONTROL.jdbi()
                .useTransaction(handle -> PostgresAuditTrail.record(
                        handle,
                        AuditEntry.of(
                                new Actor("key:1", Optional.of("died")),
                                organization,
                                "create_plan",
                                "plan",
                                "p",
                                START)));

        assertThat(later.attempt(key, fingerprint, Optional.of("again"))).isEqualTo(new Attempt.Unanswered());
    }

    @Test
    void attemptThatDiedIsMadeAnew() {
        RequestKey key = new RequestKey(organization.value(), "/p", "k");
        byte[] fingerprint = {1};
        var before = new PostgresIdempotentRequests(CONTROL.jdbi(), Optional.empty(), () -> START);
        var soon = new PostgresIdempotentRequests(CONTROL.jdbi(), Optional.empty(), () -> START.plusSeconds(59));
        var later = new PostgresIdempotentRequests(CONTROL.jdbi(), Optional.empty(), () -> START.plusSeconds(61));

        assertThat(before.attempt(key, fingerprint, Optional.of("req"))).isEqualTo(new Attempt.First());
        assertThat(soon.attempt(key, fingerprint, Optional.of("req"))).isEqualTo(new Attempt.Running());
        assertThat(later.attempt(key, fingerprint, Optional.of("req"))).isEqualTo(new Attempt.First());
        later.keep(key, new StoredAnswer(201, "application/json", new byte[] {2}, true));
        assertThat(later.attempt(key, fingerprint, Optional.of("req"))).isEqualTo(new Attempt.AnsweredSecretly());
        var nextDay = new PostgresIdempotentRequests(
                CONTROL.jdbi(), Optional.empty(), () -> START.plusSeconds(62).plus(IdempotentRequests.KEPT));
        assertThat(nextDay.attempt(key, fingerprint, Optional.of("req"))).isEqualTo(new Attempt.First());
    }
}
