package io.tollgate.control.tenant.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.limit.Plan;
import io.tollgate.metering.limit.PlanCatalog;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/// The plans of one organization as they are stored.
record StoredPlans(Handle handle, OrganizationId organizationId) implements PlanCatalog {
    /// Whether a plan has this id or name.
    boolean known(String planRef) {
        return planById(planRef).or(() -> planByName(planRef)).isPresent();
    }

    @Override
    public Optional<Plan> planById(String id) {
        return find("id = :value", id);
    }

    @Override
    public Optional<Plan> planByName(String name) {
        return find("plan_name = :value", name);
    }

    @Override
    public Optional<Plan> planByPrice(String stripePriceId) {
        return find("stripe_price_id = :value", stripePriceId);
    }

    @Override
    public Optional<Plan> planWithoutPrice() {
        return find("stripe_price_id IS NULL AND :value = ''", "");
    }

    private Optional<Plan> find(String condition, String value) {
        try (Query query = handle.createQuery("SELECT id, plan_name, stripe_price_id FROM plans"
                + " WHERE organization_id = :organizationId AND " + condition)) {
            return query.bind("organizationId", organizationId.value())
                    .bind("value", value)
                    .map((row, context) -> new Plan(
                            row.getString("id"),
                            row.getString("plan_name"),
                            Optional.ofNullable(row.getString("stripe_price_id"))))
                    .findOne();
        }
    }
}
