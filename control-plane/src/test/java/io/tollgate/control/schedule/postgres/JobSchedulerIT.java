package io.tollgate.control.schedule.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.control.schedule.Job;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class JobSchedulerIT {
    /// A failure is no end: the job is done again at its next time.
    @Test
    void jobIsDoneWhenItsTimeHasComeAndAgainAfterAFailure() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(2);
        Job failing = new Job("failing", "* * * * * *", () -> {
            done.countDown();
            throw new IllegalStateException("fails on purpose");
        });
        try (JobScheduler scheduler = new JobScheduler(TestDatabase.fresh(), List.of(failing))) {
            scheduler.start();

            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }
}
