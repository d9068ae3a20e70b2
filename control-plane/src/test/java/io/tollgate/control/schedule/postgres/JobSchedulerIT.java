package io.tollgate.control.schedule.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.control.schedule.Job;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class JobSchedulerIT {
    private static final Duration LOOKS_EVERY = Duration.ofMillis(50);

    /// A failure is no end: the job is done again at its next time.
    @Test
    void jobIsDoneWhenItsTimeHasComeAndAgainAfterAFailure() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(2);
        Job failing = new Job("failing", "* * * * * *", () -> {
            done.countDown();
            throw new IllegalStateException("fails on purpose");
        });
        try (JobScheduler scheduler = new JobScheduler(TestDatabase.fresh(), List.of(failing), LOOKS_EVERY)) {
            scheduler.start();

            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    /// What must not wait for its next time, here in a year at the most, is done again after a pause.
    @Test
    void jobIsDoneAgainBeforeItsNextTimeIfItSaysSo() throws InterruptedException {
        DataSource database = TestDatabase.fresh();
        CountDownLatch done = new CountDownLatch(2);
        Job yearly = new Job("yearly", "0 0 0 1 1 *", () -> {
                    done.countDown();
                    if (done.getCount() > 0) {
                        throw new IllegalStateException("fails on purpose");
                    }
                })
                .triedAgainAfter(Duration.ofMillis(1));
        Jdbi.create(database).useHandle(handle -> handle.execute("""
                INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version)
                VALUES ('yearly', 'recurring', now(), false, 1)
                """));
        try (JobScheduler scheduler = new JobScheduler(database, List.of(yearly), LOOKS_EVERY)) {
            scheduler.start();

            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }
}
