package io.tollgate.control.provider.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.provider.Standing;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// The standings of organizations and tenants, and of those among them that an operator has overridden what the
/// provider
/// tells. All within the transaction of a handle; who is read is locked until it ends.
record StandingStore(Handle handle) {
    private static final JsonMapper JSON = new JsonMapper();

    /// Most tenants that share one customer of a provider.
    private static final int TENANTS_MAX = 100;

    /// Whose standing.
    ///
    /// @param tenantId empty for the organization itself
    record Holder(String organizationId, String tenantId) {
        boolean isOrganization() {
            return tenantId.isEmpty();
        }
    }

    /// A standing as it is stored.
    ///
    /// @param told what the provider tells
    /// @param overridden what holds in its place while an override lasts
    /// @param customer at the provider
    /// @param lastEventAt time of the newest event that told the status
    record Held(
            Holder holder,
            Standing told,
            Optional<Standing> overridden,
            Optional<String> customer,
            Optional<Instant> lastEventAt) {
        Standing holds() {
            return overridden.orElse(told);
        }
    }

    private static final String ORGANIZATION = """
            SELECT id AS organization_id, '' AS tenant_id, subscription_status, plan_type AS plan, stripe_price_id,
                   stripe_subscription_id, subscription_ends_at, current_period_end AS period_end, stripe_customer_id,
                   last_provider_event_at,
                   (SELECT told::text FROM subscription_overrides o
                    WHERE o.organization_id = organizations.id AND o.tenant_id = '') AS told
            FROM organizations WHERE deleted_at IS NULL AND %s FOR UPDATE
            """;

    private static final String TENANT = """
            SELECT organization_id, tenant_id, subscription_status, plan_ref AS plan, stripe_price_id,
                   stripe_subscription_id, subscription_ends_at, cycle_end AS period_end, stripe_customer_id,
                   last_provider_event_at,
                   (SELECT told::text FROM subscription_overrides o
                    WHERE o.organization_id = tenants.organization_id AND o.tenant_id = tenants.tenant_id) AS told
            FROM tenants WHERE deleted_at IS NULL AND %s ORDER BY organization_id, tenant_id LIMIT %d FOR UPDATE
            """;

    Optional<Held> organization(String id) {
        return one(ORGANIZATION.formatted("id = :value"), id);
    }

    Optional<Held> organizationOfCustomer(String customer) {
        return one(ORGANIZATION.formatted("stripe_customer_id = :value"), customer);
    }

    private Optional<Held> one(String sql, String value) {
        return handle.createQuery(sql)
                .bind("value", value)
                .map((row, context) -> held(row))
                .findOne();
    }

    Optional<Held> tenant(String organizationId, String tenantId) {
        return handle.createQuery(TENANT.formatted("organization_id = :organizationId AND tenant_id = :tenantId", 1))
                .bind("organizationId", organizationId)
                .bind("tenantId", tenantId)
                .map((row, context) -> held(row))
                .findOne();
    }

    /// @param organizationId absent: of any
    List<Held> tenantsOfCustomer(Optional<String> organizationId, String customer) {
        return handle.createQuery(TENANT.formatted(
                        "stripe_customer_id = :customer AND (:organizationId::text IS NULL OR organization_id = :organizationId)",
                        TENANTS_MAX))
                .bind("organizationId", organizationId.orElse(null))
                .bind("customer", customer)
                .map((row, context) -> held(row))
                .list();
    }

    private static Held held(ResultSet row) throws SQLException {
        Standing stored = new Standing(
                Optional.ofNullable(row.getString("subscription_status")),
                Optional.ofNullable(row.getString("plan")),
                Optional.ofNullable(row.getString("stripe_price_id")),
                Optional.ofNullable(row.getString("stripe_subscription_id")),
                instant(row, "subscription_ends_at"),
                instant(row, "period_end"));
        Optional<Standing> told = Optional.ofNullable(row.getString("told")).map(StandingStore::fromJson);
        return new Held(
                new Holder(row.getString("organization_id"), row.getString("tenant_id")),
                told.orElse(stored),
                told.map(any -> stored),
                Optional.ofNullable(row.getString("stripe_customer_id")),
                instant(row, "last_provider_event_at"));
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    /// What the provider tells now. While an override lasts it is kept for later.
    void tell(Held held, UnaryOperator<Standing> change, Optional<Instant> eventAt) {
        Standing told = change.apply(held.told());
        eventAt.ifPresent(at -> touch(held.holder(), at));
        if (told.equals(held.told())) {
            return;
        }
        if (held.overridden().isPresent()) {
            saveTold(held.holder(), told);
        } else {
            write(held.holder(), told);
        }
    }

    /// Puts `wanted` in the place of what the provider tells, until `until`.
    void override(Held held, Standing wanted, Instant until, Instant now) {
        handle.createUpdate("""
                        INSERT INTO subscription_overrides (organization_id, tenant_id, told, expires_at, created_at)
                        VALUES (:organizationId, :tenantId, :told::jsonb, :expiresAt, :now)
                        ON CONFLICT (organization_id, tenant_id) DO UPDATE SET expires_at = EXCLUDED.expires_at
                        """)
                .bind("organizationId", held.holder().organizationId())
                .bind("tenantId", held.holder().tenantId())
                .bind("told", toJson(held.told()))
                .bind("expiresAt", DefinitionChanges.utc(until))
                .bind("now", DefinitionChanges.utc(now))
                .execute();
        write(held.holder(), wanted);
        expires(held.holder(), DefinitionChanges.utc(until));
    }

    /// Lets `wanted` be what holds, until the provider tells otherwise.
    void replace(Held held, Standing wanted) {
        forget(held.holder());
        write(held.holder(), wanted);
    }

    /// Lets what the provider tells hold again.
    void restore(Held held) {
        forget(held.holder());
        write(held.holder(), held.told());
    }

    private void forget(Holder holder) {
        handle.createUpdate(
                        "DELETE FROM subscription_overrides WHERE organization_id = :organizationId AND tenant_id = :tenantId")
                .bind("organizationId", holder.organizationId())
                .bind("tenantId", holder.tenantId())
                .execute();
        expires(holder, null);
    }

    private void expires(Holder holder, @Nullable OffsetDateTime at) {
        handle.createUpdate(
                        holder.isOrganization()
                                ? "UPDATE organizations SET subscription_override_expires_at = :at WHERE id = :organizationId AND :tenantId = ''"
                                : "UPDATE tenants SET subscription_override_expires_at = :at"
                                        + " WHERE organization_id = :organizationId AND tenant_id = :tenantId")
                .bind("organizationId", holder.organizationId())
                .bind("tenantId", holder.tenantId())
                .bind("at", at)
                .execute();
    }

    private void saveTold(Holder holder, Standing told) {
        handle.createUpdate("UPDATE subscription_overrides SET told = :told::jsonb"
                        + " WHERE organization_id = :organizationId AND tenant_id = :tenantId")
                .bind("organizationId", holder.organizationId())
                .bind("tenantId", holder.tenantId())
                .bind("told", toJson(told))
                .execute();
    }

    private void write(Holder holder, Standing standing) {
        handle.createUpdate(holder.isOrganization() ? """
                        UPDATE organizations SET subscription_status = :status, plan_type = :plan, stripe_price_id = :price,
                            stripe_subscription_id = :subscription, subscription_ends_at = :endsAt,
                            current_period_end = :periodEnd
                        WHERE id = :organizationId AND :tenantId = ''
                        """ : """
                        UPDATE tenants SET origin = 'api', subscription_status = :status, plan_ref = :plan,
                            stripe_price_id = :price, stripe_subscription_id = :subscription,
                            subscription_ends_at = :endsAt, cycle_end = :periodEnd
                        WHERE organization_id = :organizationId AND tenant_id = :tenantId
                        """)
                .bind("organizationId", holder.organizationId())
                .bind("tenantId", holder.tenantId())
                .bind("status", standing.status().orElse(null))
                .bind("plan", standing.plan().orElse(null))
                .bind("price", standing.price().orElse(null))
                .bind("subscription", standing.subscription().orElse(null))
                .bind("endsAt", standing.endsAt().map(DefinitionChanges::utc).orElse(null))
                .bind(
                        "periodEnd",
                        standing.periodEnd().map(DefinitionChanges::utc).orElse(null))
                .execute();
    }

    private void touch(Holder holder, Instant eventAt) {
        handle.createUpdate(
                        holder.isOrganization()
                                ? "UPDATE organizations SET last_provider_event_at = greatest(last_provider_event_at, :at)"
                                        + " WHERE id = :organizationId AND :tenantId = ''"
                                : "UPDATE tenants SET last_provider_event_at = greatest(last_provider_event_at, :at)"
                                        + " WHERE organization_id = :organizationId AND tenant_id = :tenantId")
                .bind("organizationId", holder.organizationId())
                .bind("tenantId", holder.tenantId())
                .bind("at", DefinitionChanges.utc(eventAt))
                .execute();
    }

    void link(Holder holder, String customer) {
        handle.createUpdate(
                        holder.isOrganization()
                                ? "UPDATE organizations SET stripe_customer_id = :customer WHERE id = :organizationId AND :tenantId = ''"
                                : "UPDATE tenants SET origin = 'api', stripe_customer_id = :customer"
                                        + " WHERE organization_id = :organizationId AND tenant_id = :tenantId")
                .bind("organizationId", holder.organizationId())
                .bind("tenantId", holder.tenantId())
                .bind("customer", customer)
                .execute();
    }

    /// Those whose override has expired.
    List<Holder> expired(Instant now, int limit) {
        return handle.createQuery("""
                        SELECT organization_id, tenant_id FROM subscription_overrides
                        WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit
                        """)
                .bind("now", DefinitionChanges.utc(now))
                .bind("limit", limit)
                .map((row, context) -> new Holder(row.getString("organization_id"), row.getString("tenant_id")))
                .list();
    }

    Optional<Held> find(Holder holder) {
        return holder.isOrganization()
                ? organization(holder.organizationId())
                : tenant(holder.organizationId(), holder.tenantId());
    }

    static String toJson(Standing standing) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("status", standing.status().orElse(null))
                .put("plan", standing.plan().orElse(null))
                .put("price", standing.price().orElse(null))
                .put("subscription", standing.subscription().orElse(null))
                .put("ends_at", standing.endsAt().map(Instant::toString).orElse(null))
                .put("period_end", standing.periodEnd().map(Instant::toString).orElse(null))
                .toString();
    }

    private static Standing fromJson(String json) {
        try {
            JsonNode node = JSON.readTree(json);
            return new Standing(
                    text(node, "status"),
                    text(node, "plan"),
                    text(node, "price"),
                    text(node, "subscription"),
                    text(node, "ends_at").map(Instant::parse),
                    text(node, "period_end").map(Instant::parse));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL keeps no JSON that is none", e);
        }
    }

    private static Optional<String> text(JsonNode node, String member) {
        return Optional.ofNullable(node.path(member).textValue());
    }
}
