package io.tollgate.control.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.deadletter.DeadLetter;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.credential.CredentialType;
import io.tollgate.control.credential.postgres.PostgresCredentials;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.key.KeyName;
import io.tollgate.control.machine.FlyDouble.Next;
import io.tollgate.control.machine.fly.FlyMachines;
import io.tollgate.control.machine.postgres.PostgresMachines;
import io.tollgate.control.tenant.TenantDraft;
import io.tollgate.control.tenant.postgres.PostgresTenants;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MachineTasksIT {
    private static final TenantId TENANT = new TenantId("t1");
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /// Long enough for a slow machine to make a call, short enough to wait for once.
    private static final Duration IMPATIENCE = Duration.ofSeconds(3);

    private final TestControl control = new TestControl(Instant.parse("2026-11-22T10:00:00Z"));
    private final FlyDouble fly = new FlyDouble();
    private final PostgresMachines machines = new PostgresMachines(control.changes(), "acme/scaled:1");
    private final PostgresTenants tenants = new PostgresTenants(control.changes());
    private final PostgresCredentials credentials = new PostgresCredentials(
            control.changes(), Optional.of(new SecretBox("the encryption key of these tests", List.of())));
    private OrganizationId organization = new OrganizationId("none");

    @BeforeEach
    void makeTenant() {
        organization = control.newOrganization();
        tenants.create(Actor.SYSTEM, organization, draft(TENANT));
        storeCredential(FlyDouble.TOKEN);
    }

    @AfterEach
    void stop() {
        fly.close();
        control.close();
    }

    private static TenantDraft draft(TenantId id) {
        return new TenantDraft(
                id,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private void storeCredential(String token) {
        credentials.put(
                Actor.SYSTEM,
                organization,
                CredentialType.FLY,
                new KeyName("main"),
                Map.of("api_token", token, "org_slug", "acme", "default_region", "fra"));
    }

    private FlyMachines provider(Duration callMax) {
        return new FlyMachines(credentials, Optional.of(fly.base()), callMax);
    }

    private MachineWorker worker(MachineProvider provider) {
        return new MachineWorker(
                machines, provider, () -> control.changes().now(), Runnable::run, new SimpleMeterRegistry());
    }

    private MachineWorker worker() {
        return worker(provider(FlyMachines.CALL_MAX));
    }

    private Queueing order(String key, Optional<Instant> expiresAt) {
        return machines.provision(
                Actor.SYSTEM, new MachineOrder(key, organization, TENANT, "registry.fly.io/a:1", expiresAt));
    }

    private Queueing order(String key) {
        return order(key, Optional.empty());
    }

    private List<Machine> running() {
        return machines.running(organization, TENANT);
    }

    private List<String> states() {
        return control.texts(
                organization,
                "SELECT status || ' ' || attempts || ' ' || coalesce(error, '') FROM provisioning_tasks"
                        + " WHERE organization_id = :id ORDER BY created_at");
    }

    private List<String> publishedIds() {
        return control.lastPublished("tollgate.definitions.tenants", organization.value() + "/t1")
                .required("machine_ids")
                .valueStream()
                .map(id -> id.textValue())
                .toList();
    }

    private void crossing(String cause) {
        control.jdbi()
                .useHandle(handle -> handle.createQuery(
                                "SELECT note_scale_crossing(:organization, :tenant, 'api_calls', :cause, now())")
                        .bind("organization", organization.value())
                        .bind("tenant", TENANT.value())
                        .bind("cause", cause)
                        .mapTo(String.class)
                        .list());
    }

    private void metric(String fly) {
        control.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO metrics (organization_id, subject, name, operation, metric_type, flush_seconds,"
                                + " batch_seconds, initial_value, limit_operator, breach_action, limit_period, metadata,"
                                + " created_at) VALUES (?, ?, 'api_calls', 'SUM', 'reset', 60, 60, 0, 'gte', 'scale',"
                                + " 'monthly', CAST(? AS jsonb), now())",
                        organization.value(),
                        "tenant:" + TENANT.value(),
                        "{\"integrations\":{" + fly + "}}"));
    }

    private List<String> wanted() {
        return control.texts(
                organization,
                "SELECT docker_image || ' ' || extract(epoch FROM expires_at - created_at)::bigint"
                        + " FROM provisioning_tasks WHERE organization_id = :id ORDER BY created_at");
    }

    @Test
    void eachCrossingOfALimitThatScalesMakesOneMachineUpToTheMetricsMost() {
        metric("\"fly\":{\"scale_threshold\":0.8,\"max_machines\":2}");
        crossing("one");
        crossing("one");

        worker().poll();
        assertThat(wanted()).containsExactly("acme/scaled:1 2851200");
        assertThat(running()).hasSize(1);

        // As when the alert is consumed once more, after a kill or because positions were set back.
        crossing("one");
        worker().poll();
        assertThat(wanted()).hasSize(1);

        crossing("two");
        crossing("three");
        worker().poll();
        assertThat(wanted()).hasSize(2);
        assertThat(control.texts(organization, "SELECT crossing_key FROM scale_crossings WHERE organization_id = :id"))
                .isEmpty();
    }

    @Test
    void crossingsAreFollowedOnceByAnyNumberOfWorkers() throws Exception {
        metric("\"fly\":{\"max_machines\":50}");
        for (int i = 0; i < 20; i++) {
            crossing("c" + i);
        }
        try (var threads = Executors.newFixedThreadPool(4)) {
            Callable<Integer> follow = machines::followCrossings;
            int followed = 0;
            for (Future<Integer> one : threads.invokeAll(List.of(follow, follow, follow, follow))) {
                followed += one.get();
            }
            assertThat(followed + machines.followCrossings()).isEqualTo(20);
        }
        assertThat(wanted()).hasSize(20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"fly\":{\"enabled\":false}", "\"fly\":null"})
    void crossingWithoutTheIntegrationMakesNoMachine(String fly) {
        metric(fly);
        crossing("one");

        assertThat(machines.followCrossings()).isEqualTo(1);
        assertThat(wanted()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {"\"many\", 1", "1e400, 1", "-1e400, 0", "1.9, 1"})
    void mostThatWasWrittenByHandHoldsNothingUp(String most, int machines) {
        metric("\"fly\":{\"max_machines\":" + most + "}");
        crossing("one");

        assertThat(this.machines.followCrossings()).isEqualTo(1);
        assertThat(wanted()).hasSize(machines);
    }

    @Test
    void crossingOfAMetricThatNobodyDefinedMakesNoMachine() {
        crossing("one");

        assertThat(machines.followCrossings()).isEqualTo(1);
        assertThat(wanted()).isEmpty();
    }

    @Test
    void crossingThatCanNeverBeFollowedHoldsNothingUp() {
        metric("\"fly\":{\"max_machines\":2}");
        crossing("one");
        crossing("two");
        order("asked for");
        PostgresMachines withoutImage = new PostgresMachines(control.changes(), " ");

        new MachineWorker(
                        withoutImage,
                        provider(FlyMachines.CALL_MAX),
                        () -> control.changes().now(),
                        Runnable::run,
                        new SimpleMeterRegistry())
                .poll();

        assertThat(running()).hasSize(1);
        assertThat(control.texts(organization, "SELECT crossing_key FROM scale_crossings WHERE organization_id = :id"))
                .isEmpty();
        assertThat(wanted()).hasSize(1);
    }

    @Test
    void tasksAreDoneThoughCrossingsCannotBeRead() {
        order("asked for");
        control.jdbi().useHandle(handle -> handle.execute("ALTER TABLE scale_crossings RENAME TO away"));
        try {
            worker().poll();
        } finally {
            control.jdbi().useHandle(handle -> handle.execute("ALTER TABLE away RENAME TO scale_crossings"));
        }

        assertThat(running()).hasSize(1);
    }

    @Test
    void blankImageOfAPlanIsNotStored() {
        assertThatThrownBy(() -> control.jdbi()
                        .useHandle(handle -> handle.execute(
                                "INSERT INTO plans (organization_id, id, plan_name, docker_image, created_at, updated_at)"
                                        + " VALUES (?, 'p', 'p', ' ', now(), now())",
                                organization.value())))
                .hasMessageContaining("plans_docker_image_not_blank");
    }

    @Test
    void machineIsMadeAndToldToGateways() {
        order("one");

        worker().poll();

        assertThat(running()).singleElement().satisfies(machine -> {
            assertThat(machine.provider()).isEqualTo("fly");
            assertThat(machine.provided().providerId()).isEqualTo("4d891");
            assertThat(machine.provided().ipAddress()).isEqualTo("fdaa::1");
            assertThat(fly.machines().getFirst().required("name").textValue()).isEqualTo("tg-" + machine.id());
        });
        assertThat(fly.wishes()).singleElement().satisfies(wish -> {
            assertThat(wish.required("region").textValue()).isEqualTo("fra");
            assertThat(wish.at("/config/image").textValue()).isEqualTo("registry.fly.io/a:1");
        });
        assertThat(publishedIds()).containsExactly("4d891");
        assertThat(states()).containsExactly("done 0 ");
    }

    @Test
    void orderWithTheSameKeyIsTheSameOrder() {
        Queueing first = order("one");
        worker().poll();

        assertThat(order("one")).isEqualTo(first);
        worker().poll();

        assertThat(running()).hasSize(1);
    }

    @Test
    void brokenProviderIsAskedAgainAfterFiveMinutes() {
        fly.then(Next.BROKEN);
        order("one");
        worker().poll();
        assertThat(states())
                .containsExactly("pending 1 Fly.io answered 500 to the wish to create a machine: try later");

        control.pass(MINUTE.multipliedBy(4));
        worker().poll();
        assertThat(running()).isEmpty();
        control.pass(MINUTE);
        worker().poll();

        assertThat(running()).hasSize(1);
        assertThat(fly.wishes()).hasSize(2);
    }

    @Test
    void refusedTaskIsADeadLetterAfterThreeAttemptsAndCanBeRetried() {
        fly.then(Next.REFUSED, Next.REFUSED, Next.REFUSED);
        order("one");
        worker().poll();
        control.pass(MINUTE.multipliedBy(5));
        worker().poll();
        control.pass(MINUTE.multipliedBy(5));
        worker().poll();
        assertThat(fly.wishes()).as("the second pause is twice the first").hasSize(2);
        control.pass(MINUTE.multipliedBy(5));
        worker().poll();

        DeadLetter letter = machines.list(10, Optional.empty()).getFirst();
        assertThat(letter.kind()).isEqualTo("provider");
        assertThat(letter.type()).isEqualTo("machine.provision");
        assertThat(letter.attempts()).isEqualTo(3);
        assertThat(letter.error())
                .contains(
                        "422",
                        "the image is unknown",
                        "machine tg-" + letter.id().substring("machine:".length()));
        assertThat(machines.list(10, Optional.of(new TimeCursor(letter.createdAt(), letter.id()))))
                .isEmpty();
        assertThat(machines.list(10, Optional.of(new TimeCursor(letter.createdAt(), letter.id() + "~"))))
                .containsExactly(letter);
        control.pass(MINUTE.multipliedBy(60));
        worker().poll();
        assertThat(fly.wishes()).as("a dead task rests").hasSize(3);

        assertThat(machines.retry("machine:none")).isFalse();
        assertThat(machines.retry(letter.id())).isTrue();
        worker().poll();
        assertThat(running()).hasSize(1);
        assertThat(machines.list(10, Optional.empty())).isEmpty();
    }

    @Test
    void discardedTaskIsNotDone() {
        fly.then(Next.REFUSED, Next.REFUSED, Next.REFUSED);
        order("one");
        for (int i = 0; i < TaskRetries.ATTEMPTS_MAX; i++) {
            worker().poll();
            control.pass(MINUTE.multipliedBy(15));
        }

        assertThat(machines.discard(
                        machines.list(10, Optional.empty()).getFirst().id()))
                .isTrue();
        worker().poll();

        assertThat(machines.list(10, Optional.empty())).isEmpty();
        assertThat(fly.machines()).isEmpty();
    }

    @Test
    void machineWhoseAnswerWasLostIsFoundAndNotMadeAgain() {
        fly.then(Next.MADE_WITHOUT_AN_ANSWER);
        order("one");
        worker(provider(IMPATIENCE)).poll();
        assertThat(states()).singleElement().asString().contains("pending 1", "did not answer");
        assertThat(fly.machines()).hasSize(1);

        control.pass(MINUTE.multipliedBy(5));
        worker().poll();

        assertThat(running()).hasSize(1);
        assertThat(fly.wishes()).hasSize(1);
    }

    @Test
    void machineMadeByAnotherInTheMeantimeIsFound() {
        fly.then(Next.MADE_AND_SAID_TO_EXIST);
        order("one");

        worker().poll();

        assertThat(running()).hasSize(1);
        assertThat(fly.machines()).hasSize(1);
    }

    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    /// Dies as a process does that is killed when the provider has answered.
    private static MachineProvider dyingAfter(MachineProvider provider) {
        return new MachineProvider() {
            @Override
            public String name() {
                return provider.name();
            }

            @Override
            public ProvidedMachine provision(
                    String machineName, OrganizationId organizationId, TenantId tenantId, String dockerImage)
                    throws FailedException {
                provider.provision(machineName, organizationId, tenantId, dockerImage);
                throw new Killed();
            }

            @Override
            public void terminate(Machine machine) throws FailedException {
                provider.terminate(machine);
                throw new Killed();
            }
        };
    }

    @Test
    void restartBetweenTheProvidersSuccessAndTheRowMakesNoSecondMachine() {
        order("one");
        MachineWorker dying = worker(dyingAfter(provider(FlyMachines.CALL_MAX)));
        assertThatThrownBy(dying::poll).isInstanceOf(Killed.class);
        assertThat(fly.machines()).hasSize(1);
        assertThat(running()).isEmpty();

        worker().poll();
        assertThat(running()).as("the dead still holds the task").isEmpty();
        control.pass(MachineQueue.HELD);
        worker().poll();

        assertThat(running()).hasSize(1);
        assertThat(fly.wishes()).hasSize(1);
        assertThat(publishedIds()).containsExactly("4d891");
    }

    @Test
    void restartBetweenTheEndOfAMachineAndTheRowEndsIt() {
        order("one");
        worker().poll();
        machines.terminateAll(Actor.SYSTEM, organization, TENANT);
        MachineWorker dying = worker(dyingAfter(provider(FlyMachines.CALL_MAX)));
        assertThatThrownBy(dying::poll).isInstanceOf(Killed.class);

        control.pass(MachineQueue.HELD);
        worker().poll();

        assertThat(running()).isEmpty();
        assertThat(publishedIds()).isEmpty();
    }

    /// Who has held a task for too long changes nothing any more.
    @Test
    void lateResultOfATaskThatWasTakenOverIsIgnored() throws Exception {
        order("one");
        MachineTask late = machines.take().orElseThrow();
        control.pass(MachineQueue.HELD);
        worker().poll();

        assertThat(machines.failed(late, "late")).isInstanceOf(MachineQueue.Failure.TakenOver.class);
        machines.provisioned(late, "fly", running().getFirst().provided());

        assertThat(running()).hasSize(1);
        assertThat(states()).containsExactly("done 0 ");
    }

    @Test
    void workersAtOnceShareTheTasks() throws Exception {
        int tasks = 2 * MachineWorker.TASKS_MAX;
        IntStream.range(0, tasks).forEach(i -> order("order " + i));
        CyclicBarrier together = new CyclicBarrier(2);

        TestControl.concurrently(2, () -> {
            together.await();
            worker().poll();
            return true;
        });

        assertThat(running()).hasSize(tasks);
        assertThat(fly.wishes()).hasSize(tasks);
        assertThat(publishedIds())
                .hasSize(tasks)
                .containsExactlyInAnyOrderElementsOf(running().stream()
                        .map(machine -> machine.provided().providerId())
                        .toList());
    }

    @Test
    void expiredMachineIsEnded() {
        order("short", Optional.of(control.changes().now().plus(MINUTE)));
        order("long");
        worker().poll();
        worker().keepUp();
        worker().poll();
        assertThat(running()).as("none has expired").hasSize(2);

        control.pass(MINUTE);
        worker().keepUp();
        worker().keepUp();
        worker().poll();

        assertThat(running()).hasSize(1);
        assertThat(fly.machines()).hasSize(1);
        assertThat(publishedIds())
                .containsExactly(running().getFirst().provided().providerId());
    }

    @Test
    void machineOfADeletedTenantIsEnded() {
        order("one");
        worker().poll();
        tenants.delete(Actor.SYSTEM, organization, TENANT);

        worker().keepUp();
        worker().poll();

        assertThat(fly.machines()).isEmpty();
        assertThat(order("two")).isInstanceOf(Queueing.NoTenant.class);
    }

    @Test
    void machineThatIsGoneHasEnded() {
        order("one");
        worker().poll();
        fly.lose();

        assertThat(machines.terminateAll(Actor.SYSTEM, organization, TENANT)).isEqualTo(1);
        assertThat(machines.terminateAll(Actor.SYSTEM, organization, TENANT)).isEqualTo(1);
        worker().poll();

        assertThat(running()).isEmpty();
        assertThat(states()).containsExactly("done 0 ", "done 0 ");
    }

    @Test
    void taskWithoutACredentialFailsWithThatReason() {
        credentials.delete(Actor.SYSTEM, organization, CredentialType.FLY, new KeyName("main"));
        order("one");

        worker().poll();

        assertThat(states()).containsExactly("pending 1 The organization has stored no credential of type fly.");
    }

    @Test
    void failureNamesNoSecret() {
        storeCredential("fo1_wrong");
        order("one");

        worker().poll();

        assertThat(states()).singleElement().asString().contains("401").doesNotContain("fo1_");
    }

    @Test
    void pretendedMachineIsNotEndedByFly() {
        order("one");
        worker(new MockMachines()).poll();
        assertThat(running().getFirst().provided().providerId()).startsWith("mock_");
        machines.terminateAll(Actor.SYSTEM, organization, TENANT);

        worker().poll();

        assertThat(running()).hasSize(1);
        assertThat(states().getLast()).contains("provider mock");
    }

    @Test
    void tenantHasNoMoreMachinesThanItMay() {
        for (int i = 0; i < Machines.PER_TENANT_MAX; i++) {
            assertThat(order("order " + i)).isInstanceOf(Queueing.Queued.class);
        }

        assertThat(order("one more")).isInstanceOf(Queueing.TooMany.class);
        assertThat(order("order 0")).as("a known order").isInstanceOf(Queueing.Queued.class);
    }

    @Test
    void whatEndedLongAgoIsForgotten() {
        order("ended");
        worker().poll();
        machines.terminateAll(Actor.SYSTEM, organization, TENANT);
        worker().poll();
        order("runs");
        worker().poll();
        control.pass(Duration.ofDays(91));

        worker().keepUp();

        assertThat(control.texts(organization, "SELECT id::text FROM machines WHERE organization_id = :id"))
                .hasSize(1);
        assertThat(running()).hasSize(1);
        assertThat(control.texts(organization, "SELECT id::text FROM machine_events WHERE organization_id = :id"))
                .isEmpty();
    }
}
