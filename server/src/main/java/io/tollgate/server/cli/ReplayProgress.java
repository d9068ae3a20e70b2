package io.tollgate.server.cli;

import io.tollgate.server.replay.Replay;
import java.io.PrintWriter;
import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Shows a replay's progress with its rate and the time it still takes, and the first lines that were refused.
final class ReplayProgress implements Replay.Listener, AutoCloseable {
    private static final int REFUSALS_SHOWN = 10;
    private static final int REFRESH_MS = 200;

    private final PrintWriter out;
    private final boolean terminal =
            System.console() != null && System.console().isTerminal();
    private @Nullable ProgressBar bar;
    private long shownAtNanos;
    private int refusals;

    ReplayProgress(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void progressed(long lines, long total) {
        if (terminal) {
            if (bar == null) {
                bar = new ProgressBarBuilder()
                        .setTaskName("Replaying")
                        .setInitialMax(total)
                        .setUnit(" lines", 1)
                        .setUpdateIntervalMillis(REFRESH_MS)
                        .setStyle(ProgressBarStyle.ASCII)
                        .startsFrom(lines, Duration.ZERO)
                        .showSpeed()
                        .build();
            }
            bar.stepTo(lines);
        } else if (lines == total
                || System.nanoTime() - shownAtNanos > Duration.ofSeconds(1).toNanos()) {
            shownAtNanos = System.nanoTime();
            out.println("replay: " + lines + " of " + total + " lines");
            out.flush();
        }
    }

    @Override
    public void refused(long lineNumber, String why) {
        if (refusals++ < REFUSALS_SHOWN) {
            out.println("line " + lineNumber + " " + why);
        }
    }

    /// Said while the server is away; once per pause, not to flood.
    void note(String what) {
        if (bar != null) {
            bar.setExtraMessage(" " + what);
        } else {
            out.println("replay: " + what);
            out.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
