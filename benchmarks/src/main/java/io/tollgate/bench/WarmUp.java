package io.tollgate.bench;

import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/// Load before what is measured, until the compiler has little left to do. A fixed time would measure the compiler
/// instead: on two processors the path of one request through the gateway is compiled for most of a minute.
final class WarmUp {
    static final Duration STEP = Duration.ofSeconds(5);
    private static final int STEPS_MAX = 24;

    /// Of one processor's time.
    private static final double COMPILING_MAX = 0.05;

    private WarmUp() {}

    /// One step of load.
    interface Step {
        void run() throws IOException, InterruptedException;
    }

    static void of(Step load) throws IOException, InterruptedException {
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        for (int step = 0; step < STEPS_MAX; step++) {
            long before = compiler.getTotalCompilationTime();
            load.run();
            if (compiler.getTotalCompilationTime() - before < COMPILING_MAX * STEP.toMillis()) {
                return;
            }
        }
    }
}
