package io.tollgate.control.schedule.postgres;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.FailureHandler;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.Schedule;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import io.tollgate.control.schedule.Job;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Does jobs when their time has come. All instances look into one table, and the first takes a job.
public final class JobScheduler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobScheduler.class);

    /// Jobs at the same time in one instance: each holds a connection.
    private static final int THREADS = 2;

    private static final Duration LOOKS_EVERY = Duration.ofSeconds(10);

    /// A job in hand may end in this time when the instance stops.
    private static final Duration STOP_MAX = Duration.ofSeconds(2);

    /// Shorter runs are not worth a line: some jobs look twice a minute whether there is something to do.
    private static final Duration NOTABLE = Duration.ofSeconds(1);

    private final Scheduler scheduler;

    public JobScheduler(DataSource database, List<Job> jobs) {
        this(database, jobs, LOOKS_EVERY);
    }

    JobScheduler(DataSource database, List<Job> jobs, Duration looksEvery) {
        this.scheduler = Scheduler.create(database)
                .startTasks(jobs.stream().map(JobScheduler::task).toList())
                .threads(THREADS)
                .pollingInterval(looksEvery)
                .shutdownMaxWait(STOP_MAX)
                .build();
    }

    private static RecurringTask<Void> task(Job job) {
        Schedule schedule = Schedules.cron(job.cron(), ZoneOffset.UTC);
        FailureHandler<Void> atNextTime = new FailureHandler.OnFailureReschedule<>(schedule);
        FailureHandler<Void> afterFailure = job.again()
                .<FailureHandler<Void>>map(pause -> {
                    FailureHandler<Void> later = new FailureHandler.OnFailureRetryLater<>(pause);
                    return (failure, operations) -> {
                        // Counted before this one.
                        boolean more = failure.getExecution().consecutiveFailures < Job.AGAIN_MAX;
                        (more ? later : atNextTime).onFailure(failure, operations);
                    };
                })
                .orElse(atNextTime);
        return Tasks.recurring(job.name(), schedule).onFailure(afterFailure).execute((instance, context) -> {
            long started = System.nanoTime();
            job.work().run();
            Duration took = Duration.ofNanos(System.nanoTime() - started);
            LOG.atLevel(took.compareTo(NOTABLE) < 0 ? Level.DEBUG : Level.INFO)
                    .log("Job {} done in {} ms", job.name(), took.toMillis());
        });
    }

    public void start() {
        scheduler.start();
    }

    @Override
    public void close() {
        scheduler.stop();
    }
}
