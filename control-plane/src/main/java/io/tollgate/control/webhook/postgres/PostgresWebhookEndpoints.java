package io.tollgate.control.webhook.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.WebhookEndpointId;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.secret.SecretPlace;
import io.tollgate.control.webhook.EndpointCreation;
import io.tollgate.control.webhook.EndpointTerms;
import io.tollgate.control.webhook.SecretRotation;
import io.tollgate.control.webhook.WebhookEndpoint;
import io.tollgate.control.webhook.WebhookEndpoints;
import java.net.URI;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// Endpoints in PostgreSQL.
public final class PostgresWebhookEndpoints implements WebhookEndpoints {
    private static final String COLUMNS =
            "id, organization_id, url, event_types, description, enabled, previous_secret_until, created_at, updated_at";
    private static final int SECRET_BYTES = 24;

    private final Jdbi jdbi;
    private final SecretBox box;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /// @param jdbi with the PostgreSQL plugin
    public PostgresWebhookEndpoints(Jdbi jdbi, SecretBox box, InstantSource clock) {
        this.jdbi = jdbi;
        this.box = box;
        this.clock = clock;
    }

    @Override
    public EndpointCreation create(OrganizationId organizationId, EndpointTerms terms) {
        return jdbi.inTransaction(handle -> {
            if (!holdOrganization(handle, organizationId)) {
                return new EndpointCreation.NoOrganization();
            }
            if (count(handle, organizationId) >= PER_ORGANIZATION_MAX) {
                return new EndpointCreation.TooMany();
            }
            Instant now = now();
            String id = WebhookEndpointId.timeOrdered(now, random).value();
            String secret = newSecret();
            handle.createUpdate("""
                            INSERT INTO webhook_endpoints
                                (id, organization_id, url, event_types, description, enabled, secret, created_at, updated_at)
                            VALUES (:id, :organizationId, :url, :eventTypes, :description, :enabled, :secret, :now, :now)
                            """)
                    .bind("id", id)
                    .bind("organizationId", organizationId.value())
                    .bind("url", terms.url().toString())
                    .bindArray("eventTypes", String.class, terms.eventTypes())
                    .bind("description", terms.description().orElse(null))
                    .bind("enabled", terms.enabled())
                    .bind("secret", box.seal(secret, SecretPlace.webhookEndpoint(organizationId, id)))
                    .bind("now", utc(now))
                    .execute();
            return new EndpointCreation.Created(
                    new WebhookEndpoint(id, organizationId, terms, Optional.empty(), now, now), secret);
        });
    }

    // Creations of one organization take turns, so that none of them passes the bound.
    private static boolean holdOrganization(Handle handle, OrganizationId organizationId) {
        return handle.createQuery("SELECT 1 FROM organizations WHERE id = :id AND deleted_at IS NULL FOR UPDATE")
                .bind("id", organizationId.value())
                .mapTo(int.class)
                .findOne()
                .isPresent();
    }

    private static int count(Handle handle, OrganizationId organizationId) {
        return handle.createQuery("SELECT count(*) FROM webhook_endpoints WHERE organization_id = :id")
                .bind("id", organizationId.value())
                .mapTo(int.class)
                .one();
    }

    @Override
    public List<WebhookEndpoint> list(OrganizationId organizationId) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT " + COLUMNS
                                + " FROM webhook_endpoints WHERE organization_id = :organizationId ORDER BY created_at DESC, id DESC")
                .bind("organizationId", organizationId.value())
                .map((row, context) -> endpoint(row))
                .list());
    }

    @Override
    public Optional<WebhookEndpoint> find(OrganizationId organizationId, String id) {
        return jdbi.withHandle(handle -> find(handle, organizationId, id, ""));
    }

    private static Optional<WebhookEndpoint> find(
            Handle handle, OrganizationId organizationId, String id, String locking) {
        return handle.createQuery("SELECT " + COLUMNS
                        + " FROM webhook_endpoints WHERE organization_id = :organizationId AND id = :id " + locking)
                .bind("organizationId", organizationId.value())
                .bind("id", id)
                .map((row, context) -> endpoint(row))
                .findOne();
    }

    @Override
    public Optional<WebhookEndpoint> change(
            OrganizationId organizationId, String id, UnaryOperator<EndpointTerms> change) {
        return jdbi.inTransaction(handle -> find(handle, organizationId, id, "FOR UPDATE")
                .map(before -> {
                    EndpointTerms terms = change.apply(before.terms());
                    Instant now = now();
                    handle.createUpdate("""
                                    UPDATE webhook_endpoints
                                    SET url = :url, event_types = :eventTypes, description = :description,
                                        enabled = :enabled, updated_at = :now
                                    WHERE id = :id
                                    """)
                            .bind("url", terms.url().toString())
                            .bindArray("eventTypes", String.class, terms.eventTypes())
                            .bind("description", terms.description().orElse(null))
                            .bind("enabled", terms.enabled())
                            .bind("now", utc(now))
                            .bind("id", id)
                            .execute();
                    return new WebhookEndpoint(
                            id, organizationId, terms, before.previousSecretUntil(), before.createdAt(), now);
                }));
    }

    @Override
    public boolean delete(OrganizationId organizationId, String id) {
        return jdbi.withHandle(handle -> handle.createUpdate(
                                "DELETE FROM webhook_endpoints WHERE organization_id = :organizationId AND id = :id")
                        .bind("organizationId", organizationId.value())
                        .bind("id", id)
                        .execute())
                == 1;
    }

    @Override
    public Optional<SecretRotation> rotate(OrganizationId organizationId, String id, Duration overlap) {
        String secret = newSecret();
        Instant now = now();
        return jdbi.inTransaction(handle -> handle.createQuery("""
                        UPDATE webhook_endpoints
                        SET previous_secret = CASE WHEN :overlaps THEN secret END,
                            previous_secret_until = CASE WHEN :overlaps THEN CAST(:until AS timestamptz) END,
                            secret = :secret, updated_at = :now
                        WHERE organization_id = :organizationId AND id = :id
                        RETURNING\s""" + COLUMNS)
                .bind("overlaps", overlap.isPositive())
                .bind("until", utc(now.plus(overlap)))
                .bind("secret", box.seal(secret, SecretPlace.webhookEndpoint(organizationId, id)))
                .bind("now", utc(now))
                .bind("organizationId", organizationId.value())
                .bind("id", id)
                .map((row, context) -> endpoint(row))
                .findOne()
                .map(endpoint -> new SecretRotation(endpoint, secret)));
    }

    @Override
    public Optional<String> test(OrganizationId organizationId, String id) {
        return jdbi.inTransaction(handle -> find(handle, organizationId, id, "FOR SHARE")
                .map(endpoint -> handle.createQuery("""
                                SELECT raise_webhook_test(
                                    :organizationId, :id, :cause, jsonb_build_object('endpoint_id', CAST(:id AS text)), :now)
                                """)
                        .bind("organizationId", organizationId.value())
                        .bind("id", id)
                        .bind("cause", UUID.randomUUID().toString())
                        .bind("now", utc(now()))
                        .mapTo(String.class)
                        .one()));
    }

    private static WebhookEndpoint endpoint(ResultSet row) throws SQLException {
        return new WebhookEndpoint(
                row.getString("id"),
                new OrganizationId(row.getString("organization_id")),
                new EndpointTerms(
                        URI.create(row.getString("url")),
                        Arrays.asList((String[]) row.getArray("event_types").getArray()),
                        Optional.ofNullable(row.getString("description")),
                        row.getBoolean("enabled")),
                Optional.ofNullable(row.getObject("previous_secret_until", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("updated_at", OffsetDateTime.class).toInstant());
    }

    private String newSecret() {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return "whsec_" + Base64.getEncoder().encodeToString(bytes);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
