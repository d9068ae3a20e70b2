package io.tollgate.control.simulation.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SimulationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.plan.postgres.PostgresPlans;
import io.tollgate.control.price.PriceTerms;
import io.tollgate.control.price.postgres.PriceDocument;
import io.tollgate.control.simulation.Candidate;
import io.tollgate.control.simulation.Draft;
import io.tollgate.control.simulation.Payer;
import io.tollgate.control.simulation.Question;
import io.tollgate.control.simulation.SimulationQueue;
import io.tollgate.control.simulation.Simulations;
import io.tollgate.control.simulation.Totals;
import io.tollgate.metering.limit.EffectivePlan;
import io.tollgate.metering.limit.Plan;
import io.tollgate.metering.rating.PriceTarget;
import io.tollgate.metering.rating.PriceVersion;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Currency;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// The tables `simulations` and `simulation_totals`.
public final class PostgresSimulations implements Simulations, SimulationQueue {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /// Any number that nothing else in the database locks: "simulate" in ASCII.
    private static final long TAKING = 0x73696d756c617465L;

    private static final Duration KEPT = Duration.ofDays(90);
    private static final int ERROR_LENGTH_MAX = 500;

    private static final String GIVEN_UP =
            "It was tried " + ATTEMPTS_MAX + " times and could not be worked out; shorten the period, or name tenants.";

    private static final String COLUMNS = """
            id, organization_id, status, period_from, period_to, currency, candidates::text AS candidates, tenant_ids,
            held_until, tenants_done, error, created_at, finished_at
            """;

    private final DefinitionChanges changes;
    private final RandomGenerator random;

    public PostgresSimulations(DefinitionChanges changes, RandomGenerator random) {
        this.changes = changes;
        this.random = random;
    }

    /// What of the organization a simulation needs.
    private record Organization(ZoneId zone, Currency currency) {}

    /// A draft cannot be asked.
    private static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Creation why;

        RefusedException(Creation why) {
            super(null, null, false, false);
            this.why = why;
        }
    }

    @Override
    public Creation create(OrganizationId organizationId, Draft draft, Actor actor) {
        return changes.make(handle -> {
            Optional<Organization> organization = lock(handle, organizationId);
            if (organization.isEmpty()) {
                return new Creation.NoOrganization();
            }
            if (open(handle, organizationId) >= OPEN_MAX) {
                return new Creation.TooMany();
            }
            try {
                Question question = resolved(handle, organizationId, organization.get(), draft);
                return insert(handle, organizationId, organization.get(), question, actor);
            } catch (RefusedException e) {
                return e.why;
            }
        });
    }

    /// Changes of how many are open take turns until the transaction ends.
    private static Optional<Organization> lock(Handle handle, OrganizationId organizationId) {
        return handle.createQuery("""
                        SELECT time_zone, currency FROM organizations
                        WHERE id = :organizationId AND deleted_at IS NULL FOR NO KEY UPDATE
                        """)
                .bind("organizationId", organizationId.value())
                .map((row, context) -> new Organization(
                        ZoneId.of(row.getString("time_zone")), Currency.getInstance(row.getString("currency"))))
                .findOne();
    }

    private static long open(Handle handle, OrganizationId organizationId) {
        return handle.createQuery("""
                        SELECT count(*) FROM simulations
                        WHERE organization_id = :organizationId AND status IN ('pending', 'running')
                        """)
                .bind("organizationId", organizationId.value())
                .mapTo(Long.class)
                .one();
    }

    private Question resolved(Handle handle, OrganizationId organizationId, Organization organization, Draft draft) {
        Instant from = draft.from().in(organization.zone());
        Instant to = draft.to().in(organization.zone());
        if (!from.isBefore(to)) {
            throw new RefusedException(new Creation.Invalid("to", "must be after from"));
        }
        if (to.isAfter(changes.now())) {
            throw new RefusedException(new Creation.Invalid("to", "must not be in the future"));
        }
        if (to.isAfter(from.atZone(organization.zone()).plusMonths(MONTHS_MAX).toInstant())) {
            throw new RefusedException(
                    new Creation.Invalid("to", "must be at most " + MONTHS_MAX + " months after from"));
        }
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < draft.candidates().size(); i++) {
            Draft.Proposal proposal = draft.candidates().get(i);
            List<PriceVersion> versions = new ArrayList<>();
            for (int j = 0; j < proposal.prices().size(); j++) {
                String path = "candidates[" + i + "].price_models[" + j + "]";
                PriceVersion version = version(
                        handle,
                        organizationId,
                        organization.currency(),
                        from,
                        path,
                        proposal.prices().get(j));
                if (versions.stream().anyMatch(version::overlaps)) {
                    throw new RefusedException(new Creation.Invalid(
                            path, "is for the same event_type and target as another one at some same time"));
                }
                versions.add(version);
            }
            candidates.add(new Candidate(proposal.name(), versions));
        }
        requireTenants(handle, organizationId, draft.tenants());
        return new Question(from, to, candidates, draft.tenants());
    }

    /// A price that does not say since when is in force in the whole period.
    private static PriceVersion version(
            Handle handle,
            OrganizationId organizationId,
            Currency currency,
            Instant from,
            String path,
            PriceTerms terms) {
        if (terms.currency().filter(other -> !other.equals(currency)).isPresent()) {
            throw new RefusedException(new Creation.Invalid(
                    path + ".currency",
                    "must be " + currency.getCurrencyCode() + ", the organization's: totals are compared"));
        }
        PriceTarget target = terms.target();
        if (target instanceof PriceTarget.Plan plan) {
            target = new PriceTarget.Plan(PostgresPlans.resolve(handle, organizationId, plan.planId())
                    .orElseThrow(() -> new RefusedException(new Creation.NoPlan(path + ".plan_id", plan.planId()))));
        }
        Instant begin = terms.effectiveFrom().orElse(from);
        if (terms.effectiveTo().filter(end -> !begin.isBefore(end)).isPresent()) {
            throw new RefusedException(
                    new Creation.Invalid(path + ".effective_to", "must be after effective_from, which is from"));
        }
        return new PriceVersion(
                UUID.randomUUID().toString(),
                target,
                terms.meter().value(),
                terms.model(),
                currency,
                begin,
                terms.effectiveTo());
    }

    private static void requireTenants(Handle handle, OrganizationId organizationId, List<TenantId> tenants) {
        handle.createQuery("""
                        SELECT asked.id FROM unnest(CAST(:tenants AS text[])) AS asked (id)
                        WHERE NOT EXISTS (SELECT FROM tenants t
                                          WHERE t.organization_id = :organizationId AND t.tenant_id = asked.id) LIMIT 1
                        """)
                .bind("tenants", texts(tenants, TenantId::value))
                .bind("organizationId", organizationId.value())
                .mapTo(String.class)
                .findOne()
                .ifPresent(unknown -> {
                    throw new RefusedException(new Creation.NoTenant(new TenantId(unknown)));
                });
    }

    private Creation insert(
            Handle handle, OrganizationId organizationId, Organization organization, Question question, Actor actor) {
        Instant now = changes.now();
        String id = SimulationId.timeOrdered(now, random).value();
        handle.createUpdate("""
                        INSERT INTO simulations
                            (id, organization_id, status, period_from, period_to, currency, candidates, tenant_ids,
                             created_at)
                        VALUES (:id, :organizationId, 'pending', :from, :to, :currency, CAST(:candidates AS jsonb),
                                CAST(:tenants AS text[]), :now)
                        """)
                .bind("id", id)
                .bind("organizationId", organizationId.value())
                .bind("from", DefinitionChanges.utc(question.from()))
                .bind("to", DefinitionChanges.utc(question.to()))
                .bind("currency", organization.currency().getCurrencyCode())
                .bind("candidates", toJson(question.candidates()).toString())
                .bind("tenants", texts(question.tenants(), TenantId::value))
                .bind("now", DefinitionChanges.utc(now))
                .execute();
        ObjectNode details = JsonNodeFactory.instance
                .objectNode()
                .put("from", question.from().toString())
                .put("to", question.to().toString())
                .put("candidates", question.candidates().size());
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(actor, organizationId, "create_simulation", "simulation", id, now)
                        .with(details));
        return new Creation.Created(id);
    }

    private static ArrayNode toJson(List<Candidate> candidates) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Candidate candidate : candidates) {
            ArrayNode prices = list.addObject().put("name", candidate.name()).putArray("prices");
            candidate.prices().forEach(version -> prices.add(PriceDocument.toJson(version)));
        }
        return list;
    }

    private static List<Candidate> candidates(String json) {
        List<Candidate> candidates = new ArrayList<>();
        try {
            for (JsonNode candidate : JSON.readTree(json)) {
                List<PriceVersion> prices = new ArrayList<>();
                candidate.required("prices").forEach(price -> prices.add(PriceDocument.fromJson(price)));
                candidates.add(new Candidate(candidate.required("name").textValue(), prices));
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL keeps no JSON that is none", e);
        }
        return candidates;
    }

    @Override
    public Optional<Simulation> find(OrganizationId organizationId, String id) {
        return changes.read(handle -> handle.createQuery(
                        "SELECT " + COLUMNS + " FROM simulations WHERE organization_id = :organizationId AND id = :id")
                .bind("organizationId", organizationId.value())
                .bind("id", id)
                .map((row, context) -> simulation(row))
                .findOne());
    }

    private static Simulation simulation(ResultSet row) throws SQLException {
        return new Simulation(
                row.getString("id"),
                Status.valueOf(row.getString("status").toUpperCase(Locale.ROOT)),
                instant(row, "period_from"),
                instant(row, "period_to"),
                Currency.getInstance(row.getString("currency")),
                row.getInt("tenants_done"),
                candidates(row.getString("candidates")).stream()
                        .map(Candidate::name)
                        .toList(),
                Optional.ofNullable(row.getString("error")),
                instant(row, "created_at"),
                Optional.ofNullable(row.getObject("finished_at", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant));
    }

    @Override
    public List<Sum> sums(Simulation completed) {
        Map<Integer, Sum> found = new HashMap<>();
        changes.read(handle -> {
            handle.createQuery("""
                            SELECT candidate, sum(current_total) AS current, sum(candidate_total) AS proposed,
                                   count(*) AS tenants, count(*) FILTER (WHERE candidate_total < current_total) AS winners,
                                   count(*) FILTER (WHERE candidate_total > current_total) AS losers
                            FROM simulation_totals WHERE simulation_id = :id GROUP BY candidate
                            """)
                    .bind("id", completed.id())
                    .map((row, context) -> Map.entry(
                            row.getInt("candidate"),
                            new Sum(
                                    decimal(row, "current"),
                                    decimal(row, "proposed"),
                                    row.getLong("tenants"),
                                    row.getLong("winners"),
                                    row.getLong("losers"))))
                    .forEach(entry -> found.put(entry.getKey(), entry.getValue()));
            return found;
        });
        List<Sum> sums = new ArrayList<>();
        for (int i = 0; i < completed.candidates().size(); i++) {
            sums.add(found.getOrDefault(i, new Sum(BigDecimal.ZERO, BigDecimal.ZERO, 0, 0, 0)));
        }
        return sums;
    }

    @Override
    public List<Totals> totals(Simulation completed, Optional<String> after, int limit) {
        int candidates = completed.candidates().size();
        Map<String, List<BigDecimal>> proposed = new LinkedHashMap<>();
        Map<String, BigDecimal> current = new HashMap<>();
        changes.read(handle -> {
            handle.createQuery("""
                            SELECT tenant_id, current_total, candidate_total FROM simulation_totals
                            WHERE simulation_id = :id AND (CAST(:after AS text) IS NULL OR tenant_id > :after)
                            ORDER BY tenant_id, candidate LIMIT :rows
                            """)
                    .bind("id", completed.id())
                    .bind("after", after.orElse(null))
                    .bind("rows", (long) limit * candidates)
                    .map((row, context) -> new Row(
                            row.getString("tenant_id"), decimal(row, "current_total"), decimal(row, "candidate_total")))
                    .forEach(row -> {
                        current.put(row.tenantId(), row.current());
                        proposed.computeIfAbsent(row.tenantId(), id -> new ArrayList<>())
                                .add(row.proposed());
                    });
            return proposed;
        });
        return proposed.entrySet().stream()
                .map(entry -> new Totals(
                        entry.getKey(), Objects.requireNonNull(current.get(entry.getKey())), entry.getValue()))
                .toList();
    }

    private record Row(String tenantId, BigDecimal current, BigDecimal proposed) {}

    @Override
    public Optional<Held> take() {
        return changes.make(handle -> {
            handle.execute("SELECT pg_advisory_xact_lock(?)", TAKING);
            OffsetDateTime now = DefinitionChanges.utc(changes.now());
            handle.createUpdate("""
                            UPDATE simulations SET status = 'failed', error = :error, finished_at = :now, held_until = NULL
                            WHERE status = 'running' AND held_until <= :now AND attempts >= :attempts
                            """)
                    .bind("error", GIVEN_UP)
                    .bind("now", now)
                    .bind("attempts", ATTEMPTS_MAX)
                    .execute();
            return handle.createQuery("""
                            UPDATE simulations
                            SET status = 'running', attempts = attempts + 1, tenants_done = 0, held_until = :until
                            WHERE id = (SELECT s.id FROM simulations s
                                        WHERE (s.status = 'running' AND s.held_until <= :now)
                                           OR (s.status = 'pending' AND NOT EXISTS (
                                                   SELECT FROM simulations r
                                                   WHERE r.organization_id = s.organization_id AND r.status = 'running'))
                                        ORDER BY s.created_at, s.id LIMIT 1)
                            RETURNING (SELECT time_zone FROM organizations o WHERE o.id = organization_id) AS time_zone,
                            """ + COLUMNS)
                    .bind("now", now)
                    .bind("until", now.plus(HELD))
                    .map((row, context) -> held(row))
                    .findOne();
        });
    }

    private static Held held(ResultSet row) throws SQLException {
        List<TenantId> tenants = new ArrayList<>();
        for (String tenant : (String[]) row.getArray("tenant_ids").getArray()) {
            tenants.add(new TenantId(tenant));
        }
        return new Held(
                row.getString("id"),
                new OrganizationId(row.getString("organization_id")),
                new Question(
                        instant(row, "period_from"),
                        instant(row, "period_to"),
                        candidates(row.getString("candidates")),
                        tenants),
                ZoneId.of(row.getString("time_zone")),
                Currency.getInstance(row.getString("currency")),
                instant(row, "held_until"));
    }

    @Override
    public Optional<Held> hold(Held held, int tenantsDone) {
        Instant until = changes.now().plus(HELD);
        int changed = changes.make(handle -> handle.createUpdate("""
                        UPDATE simulations SET held_until = :until, tenants_done = :done
                        WHERE id = :id AND status = 'running' AND held_until = :before
                        """)
                .bind("until", DefinitionChanges.utc(until))
                .bind("done", tenantsDone)
                .bind("id", held.id())
                .bind("before", DefinitionChanges.utc(held.until()))
                .execute());
        return changed == 0
                ? Optional.empty()
                : Optional.of(new Held(
                        held.id(), held.organizationId(), held.question(), held.zone(), held.currency(), until));
    }

    @Override
    public Map<String, Payer> payers(OrganizationId organizationId, Collection<String> tenants) {
        if (tenants.isEmpty()) {
            return Map.of();
        }
        Instant now = changes.now();
        return changes.read(handle -> {
            ListedPlans plans = new ListedPlans(handle.createQuery("""
                            SELECT id, plan_name, stripe_price_id FROM plans WHERE organization_id = :organizationId
                            """)
                    .bind("organizationId", organizationId.value())
                    .map((row, context) -> new Plan(
                            row.getString("id"),
                            row.getString("plan_name"),
                            Optional.ofNullable(row.getString("stripe_price_id"))))
                    .list());
            Map<String, Payer> payers = new HashMap<>();
            handle.createQuery("""
                            SELECT tenant_id, plan_ref, stripe_price_id, subscription_ends_at, created_at, deleted_at
                            FROM tenants
                            WHERE organization_id = :organizationId AND tenant_id = ANY (CAST(:tenants AS text[]))
                            """)
                    .bind("organizationId", organizationId.value())
                    .bind("tenants", tenants.toArray(String[]::new))
                    .map((row, context) -> payer(row, plans, now))
                    .forEach(payer -> payers.put(payer.tenantId(), payer));
            return payers;
        });
    }

    private static Payer payer(ResultSet row, ListedPlans plans, Instant now) throws SQLException {
        EffectivePlan plan = EffectivePlan.of(
                plans,
                Optional.ofNullable(row.getString("plan_ref")),
                Optional.ofNullable(row.getString("stripe_price_id")),
                optionalInstant(row, "subscription_ends_at"),
                now);
        return new Payer(
                row.getString("tenant_id"),
                plan.plan().map(Plan::id),
                instant(row, "created_at"),
                optionalInstant(row, "deleted_at"));
    }

    @Override
    public void complete(Held held, List<Totals> totals) {
        changes.make(handle -> {
            int changed = handle.createUpdate("""
                            UPDATE simulations
                            SET status = 'completed', finished_at = :now, held_until = NULL, tenants_done = :done
                            WHERE id = :id AND status = 'running' AND held_until = :until
                            """)
                    .bind("now", DefinitionChanges.utc(changes.now()))
                    .bind("done", totals.size())
                    .bind("id", held.id())
                    .bind("until", DefinitionChanges.utc(held.until()))
                    .execute();
            for (int i = 0; i < held.question().candidates().size() && changed > 0; i++) {
                int candidate = i;
                handle.createUpdate("""
                                INSERT INTO simulation_totals
                                    (simulation_id, candidate, tenant_id, current_total, candidate_total)
                                SELECT :id, :candidate, t.tenant_id, t.current_total, t.candidate_total
                                FROM unnest(CAST(:tenants AS text[]), CAST(:current AS numeric[]),
                                            CAST(:proposed AS numeric[])) AS t (tenant_id, current_total, candidate_total)
                                """)
                        .bind("id", held.id())
                        .bind("candidate", candidate)
                        .bind("tenants", texts(totals, Totals::tenantId))
                        .bind("current", texts(totals, one -> one.current().toPlainString()))
                        .bind(
                                "proposed",
                                texts(
                                        totals,
                                        one -> one.candidates().get(candidate).toPlainString()))
                        .execute();
            }
            return changed;
        });
    }

    @Override
    public void fail(Held held, String error) {
        changes.make(handle -> handle.createUpdate("""
                        UPDATE simulations SET status = 'failed', error = :error, finished_at = :now, held_until = NULL
                        WHERE id = :id AND status = 'running' AND held_until = :until
                        """)
                .bind("error", error.substring(0, Math.min(error.length(), ERROR_LENGTH_MAX)))
                .bind("now", DefinitionChanges.utc(changes.now()))
                .bind("id", held.id())
                .bind("until", DefinitionChanges.utc(held.until()))
                .execute());
    }

    /// Forgets simulations that finished long ago, with their answers.
    public void purge() {
        OffsetDateTime bound = DefinitionChanges.utc(changes.now().minus(KEPT));
        changes.purge(handle -> handle.createUpdate(
                        "DELETE FROM simulations WHERE id IN (SELECT id FROM simulations WHERE finished_at < :bound LIMIT :limit)")
                .bind("bound", bound));
    }

    private static <T> String[] texts(List<T> list, Function<T, String> text) {
        return list.stream().map(text).toArray(String[]::new);
    }

    private static BigDecimal decimal(ResultSet row, String column) throws SQLException {
        return Objects.requireNonNull(row.getBigDecimal(column));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static Optional<Instant> optionalInstant(ResultSet row, String column) throws SQLException {
        @Nullable OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
    }
}
