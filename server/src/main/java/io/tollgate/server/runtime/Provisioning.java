package io.tollgate.server.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.control.credential.Credentials;
import io.tollgate.control.machine.MachineProvider;
import io.tollgate.control.machine.MachineWorker;
import io.tollgate.control.machine.MockMachines;
import io.tollgate.control.machine.fly.FlyMachines;
import io.tollgate.control.machine.postgres.PostgresMachines;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.schedule.Job;
import io.tollgate.server.config.Settings;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Composes what makes and ends the machines of tenants.
record Provisioning(
        Settings settings, MeterRegistry metrics, InstantSource clock, Closing closing, List<Object> beans) {
    private static final Logger LOG = LoggerFactory.getLogger(Provisioning.class);
    private static final String POLLS_AT = "*/30 * * * * *";

    /// Not on the hour, when much else is done.
    private static final String EXPIRES_AT = "0 40 * * * *";

    /// Answers what has to be done at set times.
    List<Job> start(DefinitionChanges changes, Credentials credentials) {
        PostgresMachines machines = new PostgresMachines(changes, settings.machineImage());
        ExecutorService triggered = Executors.newVirtualThreadPerTaskExecutor();
        // A task that is broken off is taken up again.
        closing.onClose("machine tasks", triggered::shutdownNow);
        MachineWorker worker = new MachineWorker(machines, provider(credentials), clock, triggered, metrics);
        beans.add(machines);
        beans.add(worker);
        return List.of(
                new Job("provision-machines", POLLS_AT, worker::poll),
                new Job("end-expired-machines", EXPIRES_AT, worker::keepUp));
    }

    private MachineProvider provider(Credentials credentials) {
        if (settings.mockMode()) {
            LOG.warn("MOCK_MODE is on: machines are only pretended.");
            return new MockMachines();
        }
        return new FlyMachines(credentials, settings.flyApiBase(), FlyMachines.CALL_MAX);
    }
}
