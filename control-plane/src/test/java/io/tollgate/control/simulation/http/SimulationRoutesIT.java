package io.tollgate.control.simulation.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.price.PriceModels;
import io.tollgate.control.price.postgres.PostgresPriceModels;
import io.tollgate.control.simulation.PastUsage;
import io.tollgate.control.simulation.Simulating;
import io.tollgate.control.simulation.SimulationQueue;
import io.tollgate.control.simulation.SimulationQueue.Held;
import io.tollgate.control.simulation.SimulationWorker;
import io.tollgate.control.simulation.Simulations;
import io.tollgate.control.simulation.Totals;
import io.tollgate.control.simulation.postgres.PostgresSimulations;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Simulations over HTTP, worked at by hand: usage is in memory, questions and answers in a real database. The
/// organization counts in Berlin's time, and it is November 2026.
class SimulationRoutesIT {
    private static final StoredUsage USAGE = new StoredUsage();
    private static final TestControl CONTROL = new TestControl(Instant.parse("2026-11-22T10:00:00Z"));
    private static final PostgresSimulations SIMULATIONS = new PostgresSimulations(CONTROL.changes(), new Random(1));
    private static final PriceModels PRICES = new PostgresPriceModels(CONTROL.changes());
    private static final SimulationWorker WORKER =
            new SimulationWorker(SIMULATIONS, new Simulating(SIMULATIONS, PRICES, USAGE));

    static {
        CONTROL.with(Simulations.class, SIMULATIONS)
                .with(PriceModels.class, PRICES)
                .start();
    }

    private static final String BODY = """
            {"from": "2026-01-01", "to": "2026-03-01", "candidates": [
              {"name": "half", "price_models": [{"event_type": "calls", "model": "per_unit", "unit_price": 1}]},
              {"name": "flat", "price_models": [{"event_type": "calls", "model": "flat", "flat_fee": 30}]}]%s}
            """;

    private OrganizationId organizationId = new OrganizationId("biz_none");
    private String own = "";

    /// The same of every organization: `quantity` calls in the first slice of each tenant that is asked for.
    private static final class StoredUsage implements PastUsage {
        private List<Used> used = List.of();
        private boolean stored = true;
        private Runnable whenRead = () -> {};

        @Override
        public boolean awaitStored(Duration atMost) {
            return stored;
        }

        @Override
        public void read(
                OrganizationId organizationId,
                Collection<String> meters,
                List<Slice> slices,
                List<String> tenants,
                boolean others,
                Consumer<Used> rows) {
            whenRead.run();
            used.stream()
                    .filter(row -> meters.contains(row.meter()) && tenants.contains(row.tenantId()) != others)
                    .forEach(rows);
        }

        @Override
        public Counting counting(OrganizationId organizationId, String tenantId, String meter) {
            return new Counting(Operation.SUM, false);
        }

        @Override
        public Optional<BigDecimal> last(
                OrganizationId organizationId, String tenantId, String meter, Instant start, Instant end) {
            return Optional.empty();
        }
    }

    private static PastUsage.Used calls(String tenant, int slice, String quantity) {
        return new PastUsage.Used(
                tenant,
                "calls",
                slice,
                CounterState.ZERO.plus(new BigDecimal(quantity).setScale(6), Instant.EPOCH, Instant.EPOCH, 0));
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    @BeforeEach
    void organization() {
        organizationId = CONTROL.newOrganization();
        own = organizationId.value();
        CONTROL.jdbi().useHandle(handle -> {
            handle.execute("DELETE FROM simulations");
            for (String tenant : List.of("a", "b", "idle")) {
                handle.execute(
                        "INSERT INTO tenants (organization_id, tenant_id, name, status, created_at)"
                                + " VALUES (?, ?, ?, 'ACTIVE', '2025-06-01')",
                        own,
                        tenant,
                        tenant);
            }
        });
        USAGE.used = List.of(calls("a", 0, "10"), calls("a", 1, "20"), calls("b", 0, "100"));
        USAGE.stored = true;
        USAGE.whenRead = () -> {};
        send("POST", "/api/v1/price-models", """
                {"event_type": "calls", "model": "per_unit", "unit_price": 2, "effective_from": "2020-01-01T00:00:00Z"}
                """);
    }

    private Answer send(String method, String path, String body) {
        return CONTROL.send(own, method, path, body);
    }

    private String asked(String more) {
        Answer answer = send("POST", "/api/v1/simulations", BODY.formatted(more));
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        String id = answer.json().required("id").textValue();
        assertThat(id).matches("sim_[0-9a-z]{26}");
        return id;
    }

    private JsonNode shown(String id) {
        Answer answer = send("GET", "/api/v1/simulations/" + id, "");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static List<String> lines(JsonNode candidate) {
        return StreamSupport.stream(candidate.required("tenants").spliterator(), false)
                .map(tenant -> tenant.required("tenant_id").textValue() + " " + plain(tenant, "current_total") + " "
                        + plain(tenant, "candidate_total") + " " + plain(tenant, "difference"))
                .toList();
    }

    private static String plain(JsonNode tenant, String member) {
        return tenant.required(member).decimalValue().toPlainString();
    }

    @Test
    void totalsOfEachCandidateAreToldPerTenant() {
        String id = asked("");
        JsonNode waiting = shown(id);
        assertThat(waiting.required("status").textValue()).isEqualTo("pending");
        assertThat(waiting.required("candidates")).isEmpty();

        assertThat(WORKER.workAtOne()).isTrue();

        JsonNode done = shown(id);
        assertThat(done.required("status").textValue()).isEqualTo("completed");
        assertThat(done.required("from").textValue()).isEqualTo("2025-12-31T23:00:00Z");
        assertThat(done.required("currency").textValue()).isEqualTo("EUR");
        assertThat(done.required("tenants_done").intValue()).isEqualTo(2);
        JsonNode half = done.required("candidates").get(0);
        assertThat(half.required("name").textValue()).isEqualTo("half");
        assertThat(half.required("total").decimalValue()).isEqualByComparingTo("130");
        assertThat(half.required("current_total").decimalValue()).isEqualByComparingTo("260");
        assertThat(half.required("winners").intValue()).isEqualTo(2);
        assertThat(lines(half)).containsExactly("a 60 30 -30", "b 200 100 -100");
        JsonNode flat = done.required("candidates").get(1);
        assertThat(lines(flat)).containsExactly("a 60 60 0", "b 200 60 -140");
        assertThat(flat.required("winners").intValue()).isEqualTo(1);
        assertThat(flat.required("losers").intValue()).isZero();
        assertThat(WORKER.workAtOne()).isFalse();
        assertThat(CONTROL.auditedActions(organizationId)).contains("create_simulation");
    }

    @Test
    void tenantsComeInPages() {
        String id = asked("");
        WORKER.workAtOne();

        JsonNode first =
                send("GET", "/api/v1/simulations/" + id + "?limit=1", "").json();
        JsonNode second = send(
                        "GET",
                        "/api/v1/simulations/" + id + "?limit=1&cursor="
                                + first.required("next_cursor").textValue(),
                        "")
                .json();

        assertThat(lines(first.required("candidates").get(0))).containsExactly("a 60 30 -30");
        assertThat(lines(second.required("candidates").get(1))).containsExactly("b 200 60 -140");
        assertThat(second.required("next_cursor").isNull()).isTrue();
    }

    /// Tenants that are named pay their fees although they used nothing; others are left out.
    @Test
    void namedTenantsAreAllPriced() {
        String id = asked(", \"tenant_ids\": [\"idle\", \"a\"]");
        WORKER.workAtOne();

        assertThat(lines(shown(id).required("candidates").get(1))).containsExactly("a 60 60 0", "idle 0 60 60");
    }

    /// A candidate of one plan and one of one tenant price nobody else: who is on neither pays nothing.
    @Test
    void plansAndTenantsOfCandidatesAreThoseOfToday() {
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE tenants SET plan_ref = 'gold' WHERE organization_id = ? AND tenant_id = 'a'", own));
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO plans (id, organization_id, plan_name, created_at, updated_at)"
                                + " VALUES (gen_random_uuid()::text, ?, 'gold', now(), now())",
                        own));
        String id =
                send("POST", "/api/v1/simulations", """
                {"from": "2026-01-01", "to": "2026-03-01", "candidates": [{"name": "plan", "price_models": [
                  {"event_type": "calls", "model": "per_unit", "unit_price": 5, "plan_id": "gold"}]},
                  {"name": "own", "price_models": [
                  {"event_type": "calls", "model": "per_unit", "unit_price": 7, "tenant_id": "b"}]}]}
                """).json().required("id").textValue();
        WORKER.workAtOne();

        assertThat(lines(shown(id).required("candidates").get(0))).containsExactly("a 60 150 90", "b 200 0 -200");
        assertThat(lines(shown(id).required("candidates").get(1))).containsExactly("a 60 0 -60", "b 200 700 500");
    }

    @Test
    void anotherOrganizationFindsNothing() {
        String id = asked("");

        Answer foreign = CONTROL.send(CONTROL.newOrganization().value(), "GET", "/api/v1/simulations/" + id, "");

        assertThat(foreign.status()).isEqualTo(404);
        assertThat(foreign.text()).doesNotContain(id);
        assertThat(CONTROL.send("reader:" + own, "GET", "/api/v1/simulations/" + id, "")
                        .status())
                .isEqualTo(403);
        assertThat(CONTROL.send("tenant:" + own, "POST", "/api/v1/simulations", BODY.formatted(""))
                        .status())
                .isEqualTo(403);
    }

    /// Whoever dies over one gives no more signs of life; when its hold ends, the next takes it up, and what the first
    /// may still come up with is not stored.
    @Test
    void whatADeadWorkerHeldIsTakenUpByTheNext() {
        String id = asked("");
        Held dead = SIMULATIONS.take().orElseThrow();
        assertThat(dead.id()).isEqualTo(id);
        assertThat(WORKER.workAtOne()).isFalse();
        assertThat(shown(id).required("status").textValue()).isEqualTo("running");
        Held living = SIMULATIONS.hold(dead, 1).orElseThrow();
        assertThat(shown(id).required("tenants_done").intValue()).isEqualTo(1);

        CONTROL.pass(SimulationQueue.HELD);
        assertThat(WORKER.workAtOne()).isTrue();
        SIMULATIONS.complete(living, List.of(new Totals("a", BigDecimal.ONE, List.of(BigDecimal.ONE, BigDecimal.ONE))));
        SIMULATIONS.fail(living, "late");

        assertThat(SIMULATIONS.hold(living, 1)).isEmpty();
        assertThat(lines(shown(id).required("candidates").get(0))).hasSize(2);
    }

    @Test
    void whatKillsEveryWorkerIsGivenUp() {
        String id = asked("");
        USAGE.whenRead = () -> {
            throw new IllegalStateException("fails on purpose");
        };
        for (int attempt = 0; attempt < SimulationQueue.ATTEMPTS_MAX; attempt++) {
            assertThatThrownBy(WORKER::workAtOne).hasMessage("fails on purpose");
            assertThat(shown(id).required("status").textValue()).isEqualTo("running");
            CONTROL.pass(SimulationQueue.HELD);
        }

        assertThat(WORKER.workAtOne()).isFalse();
        assertThat(shown(id).required("status").textValue()).isEqualTo("failed");
        assertThat(shown(id).required("error").textValue()).contains("3 times");
    }

    @Test
    void anOrganizationsSimulationsAreWorkedAtOneAfterTheOther() {
        asked("");
        asked("");
        String first = SIMULATIONS.take().orElseThrow().id();
        assertThat(SIMULATIONS.take()).isEmpty();
        own = CONTROL.newOrganization().value();
        String other = send("POST", "/api/v1/simulations", BODY.formatted(""))
                .json()
                .required("id")
                .textValue();

        assertThat(SIMULATIONS.take().orElseThrow().id()).isEqualTo(other).isNotEqualTo(first);
    }

    @Test
    void concurrentWorkersNeverShareAnOrganization() throws Exception {
        for (int i = 0; i < 5; i++) {
            asked("");
        }

        List<Optional<Held>> taken = TestControl.concurrently(8, SIMULATIONS::take);

        assertThat(taken.stream().flatMap(Optional::stream)).hasSize(1);
    }

    @Test
    void openOnesAreBoundedAlsoForThoseWhoAskAtOnce() throws Exception {
        List<Answer> answers = TestControl.concurrently(
                Simulations.OPEN_MAX + 5, () -> send("POST", "/api/v1/simulations", BODY.formatted("")));

        assertThat(answers.stream().filter(answer -> answer.status() == 202)).hasSize(Simulations.OPEN_MAX);
        assertThat(answers.stream().filter(answer -> answer.status() == 409))
                .hasSize(5)
                .allMatch(answer -> answer.code().equals("INVALID_STATE"));
        WORKER.workAtOne();
        asked("");
    }

    @Test
    void pricesInAnotherCurrencyAreNotAddedUp() {
        send("POST", "/api/v1/price-models", """
                {"event_type": "bytes", "model": "per_unit", "unit_price": 2, "currency": "USD",
                 "effective_from": "2020-01-01T00:00:00Z"}
                """);
        String id = asked("");
        WORKER.workAtOne();

        assertThat(shown(id).required("status").textValue()).isEqualTo("failed");
        assertThat(shown(id).required("error").textValue()).contains("USD");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|from",
                "{\"from\":\"2026-03-01\",\"to\":\"2026-01-01\",\"candidates\":[C]}|to",
                "{\"from\":\"2026-01-01\",\"to\":\"2029-01-01\",\"candidates\":[C]}|to",
                "{\"from\":\"2011-01-01\",\"to\":\"2026-01-01\",\"candidates\":[C]}|to",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-03-01\",\"candidates\":[]}|candidates",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-03-01\",\"candidates\":[7]}|candidates[0]",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-03-01\",\"candidates\":[{\"price_models\":[#]}]}|candidates[0].name",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-03-01\",\"candidates\":[{\"name\":\"x\",\"price_models\":[]}]}|candidates[0].price_models",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-03-01\",\"candidates\":[{\"name\":\"x\",\"price_models\":[{}]}]}|candidates[0].price_models[0].event_type",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-03-01\",\"candidates\":[{\"name\":\"x\",\"price_models\":[#,#]}]}|candidates[0].price_models[1]",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-03-01\",\"candidates\":[C],\"tenant_ids\":[]}|tenant_ids",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-03-01\",\"candidates\":[C],\"tenant_ids\":[\"\\u0000\"]}|tenant_ids",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-03-01\",\"candidates\":[{\"name\":\"x\",\"price_models\":[{\"event_type\":\"m\",\"model\":\"flat\",\"flat_fee\":1,\"plan_id\":\"no\"}]}]}|candidates[0].price_models[0].plan_id",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-03-01\",\"candidates\":[{\"name\":\"x\",\"price_models\":[{\"event_type\":\"m\",\"model\":\"flat\",\"flat_fee\":1,\"currency\":\"JPY\"}]}]}|candidates[0].price_models[0].currency"
            })
    void whatCannotBeAskedIsNamed(String body, String path) {
        String price = "{\"event_type\":\"calls\",\"model\":\"per_unit\",\"unit_price\":1}";
        Answer answer = send(
                "POST",
                "/api/v1/simulations",
                body.replace("[C]", "[{\"name\":\"x\",\"price_models\":[#]}]").replace("#", price));

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().required("details").get(0).required("path").textValue())
                .isEqualTo(path);
    }

    @Test
    void aTenantThatDoesNotExistIsNotFound() {
        Answer answer = send("POST", "/api/v1/simulations", BODY.formatted(", \"tenant_ids\": [\"a\", \"nobody\"]"));

        assertThat(answer.status()).as(answer.text()).isEqualTo(404);
        assertThat(answer.text()).contains("nobody");
        assertThat(send("GET", "/api/v1/simulations/sim_%00", "").status()).isEqualTo(404);
    }

    /// What is stored is read as it was asked: every scheme, with everything that it can have.
    @Test
    void pricesSurviveTheDatabase() {
        List<String> models = new ArrayList<>();
        for (String scheme : List.of(
                "\"model\":\"graduated\",\"tiers\":[{\"min_quantity\":0,\"max_quantity\":2.5,\"unit_price\":0.000000000001,\"flat_fee\":3},{\"min_quantity\":2.5,\"unit_price\":99999999999999.000000000001}]",
                "\"model\":\"volume\",\"tiers\":[{\"min_quantity\":0,\"unit_price\":1}]",
                "\"model\":\"package\",\"package_size\":0.5,\"package_price\":12.5",
                "\"model\":\"percentage\",\"percentage\":2.9",
                "\"model\":\"per_unit\",\"unit_price\":0.1,\"included_units\":100.25,\"minimum_charge\":1,\"maximum_charge\":2",
                "\"model\":\"flat\",\"flat_fee\":29,\"effective_from\":\"2026-01-10T00:00:00.000001Z\",\"effective_to\":\"2026-02-01T00:00:00Z\"")) {
            models.add("{\"event_type\":\"m" + models.size() + "\"," + scheme + "}");
        }
        Answer answer = send(
                "POST",
                "/api/v1/simulations",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-03-01\",\"candidates\":[{\"name\":\"all\",\"price_models\":"
                        + models + "}]}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        List<String> stored = new ArrayList<>();
        for (String model : models) {
            send("POST", "/api/v1/price-models", model);
        }
        PRICES
                .pricesOf(organizationId, Instant.parse("2026-01-01T00:00:00Z"), Instant.parse("2030-01-01T00:00:00Z"))
                .versions()
                .stream()
                .filter(version -> !version.meter().equals("calls"))
                .sorted(Comparator.comparing(version -> version.meter()))
                .forEach(version -> stored.add(text(version.model())));

        List<String> held = SIMULATIONS.take().orElseThrow().question().candidates().getFirst().prices().stream()
                .map(version -> text(version.model()))
                .toList();

        assertThat(held).hasSize(6).isEqualTo(stored);
    }

    // By value: a column has its own number of digits.
    private static String text(Object model) {
        return Pattern.compile("\\d+(\\.\\d+)?(E-?\\d+)?")
                .matcher(model.toString())
                .replaceAll(number ->
                        new BigDecimal(number.group()).stripTrailingZeros().toPlainString());
    }

    @Test
    void finishedOnesAreForgottenAfterNinetyDays() {
        String finished = asked("");
        WORKER.workAtOne();
        CONTROL.pass(Duration.ofDays(89));
        String open = asked("");
        SIMULATIONS.purge();

        assertThat(shown(open).required("status").textValue()).isEqualTo("pending");
        assertThat(shown(finished).required("status").textValue()).isEqualTo("completed");
        CONTROL.pass(Duration.ofDays(1));
        SIMULATIONS.purge();
        assertThat(send("GET", "/api/v1/simulations/" + finished, "").status()).isEqualTo(404);
        assertThat(shown(open).required("status").textValue()).isEqualTo("pending");
    }
}
