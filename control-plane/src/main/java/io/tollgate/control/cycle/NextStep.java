package io.tollgate.control.cycle;

import java.time.Duration;
import java.time.Instant;

/// What is to be done with a report that is due.
public enum NextStep {
    /// Sending it is safe: it has never left, or the provider still knows its identifier.
    SEND,
    /// It may have arrived, and the provider would take it for another by now.
    LOOK_UP,
    /// The provider takes nothing as old as this.
    GIVE_UP;

    /// How long identifiers are relied upon. Stripe promises 24 hours from when it took them; an hour is for clocks and
    /// for requests that are long under way.
    static final Duration KNOWN = Duration.ofHours(23);

    /// Oldest time of a meter event that Stripe takes.
    public static final Duration AGE_MAX = Duration.ofDays(35);

    public static NextStep of(UsageReport report, Instant now) {
        if (report.unsureSince().isPresent()) {
            Instant forgotten = report.unsureSince().get().plus(KNOWN);
            return forgotten.isAfter(now) && !tooOld(report.stampedAt(), now) ? SEND : LOOK_UP;
        }
        return tooOld(report.stampedAt(), now) ? GIVE_UP : SEND;
    }

    /// Whether the provider refuses whatever happened at `stampedAt`.
    public static boolean tooOld(Instant stampedAt, Instant now) {
        return stampedAt.isBefore(now.minus(AGE_MAX));
    }
}
