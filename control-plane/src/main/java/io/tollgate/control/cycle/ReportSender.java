package io.tollgate.control.cycle;

import io.tollgate.contract.OrganizationId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Takes a report that is in hand one step further. What is uncertain stays so until the provider says otherwise: it is
/// neither sent anew nor forgotten.
final class ReportSender {
    /// Before it is looked up again what the provider could not tell yet.
    private static final Duration UNDECIDED_PAUSE = Duration.ofHours(1);

    private final ReportQueue queue;
    private final UsageReporter reporter;
    private final InstantSource clock;
    private final RandomGenerator random;

    ReportSender(ReportQueue queue, UsageReporter reporter, InstantSource clock, RandomGenerator random) {
        this.queue = queue;
        this.reporter = reporter;
        this.clock = clock;
        this.random = random;
    }

    /// @param resting the organization whose reports are to be left alone, if this one's is, and until when
    record Step(ReportQueue.Ending ending, Optional<Rest> resting) {}

    record Rest(OrganizationId organizationId, Instant until) {}

    Step take(UsageReport report) {
        Step step = decide(report);
        queue.end(report, step.ending(), clock.instant());
        return step;
    }

    private Step decide(UsageReport report) {
        try {
            return switch (NextStep.of(report, clock.instant())) {
                case SEND -> send(report);
                case LOOK_UP -> lookUp(report);
                case GIVE_UP ->
                    new Step(
                            new ReportQueue.Ending.Failed("TOO_OLD: Stripe takes nothing that is older than "
                                    + NextStep.AGE_MAX.toDays() + " days"),
                            Optional.empty());
            };
        } catch (UsageReporter.UnavailableException e) {
            return notNow(report, e.why(), report.unsureSince().isPresent());
        }
    }

    private Step send(UsageReport report) throws UsageReporter.UnavailableException {
        if (report.customer().isEmpty()) {
            return notNow(
                    report,
                    new SendOutcome.NotNow("the tenant is no customer at Stripe", Optional.empty(), false),
                    false);
        }
        ReportWay way = way(report);
        String customer = report.customer().get();
        if (!queue.leaves(report, way, customer, clock.instant())) {
            return new Step(again(report, "another instance has it", Optional.empty(), true), Optional.empty());
        }
        return switch (reporter.send(report, way, customer)) {
            case SendOutcome.Arrived arrived -> new Step(new ReportQueue.Ending.Sent(), Optional.empty());
            // An attempt before this may have arrived all the same: only the provider's sums can tell.
            case SendOutcome.Refused refused ->
                report.unsureSince().isPresent()
                        ? new Step(again(report, refused.reason(), Optional.empty(), true), Optional.empty())
                        : new Step(new ReportQueue.Ending.Failed(refused.reason()), Optional.empty());
            case SendOutcome.NotNow notNow ->
                notNow(report, notNow, report.unsureSince().isPresent());
            case SendOutcome.Unknown unknown ->
                new Step(again(report, unknown.reason(), Optional.empty(), true), Optional.empty());
        };
    }

    private Step lookUp(UsageReport report) throws UsageReporter.UnavailableException {
        ReportWay way = way(report);
        String customer = report.customer().orElse("");
        ReportWay.Summary summary = reporter.summary(
                report.key().organizationId(),
                report.target().keyName(),
                way,
                customer,
                report.stampedAt(),
                report.stampedAt().plusSeconds(1));
        Instant now = clock.instant();
        ReportQueue.Alongside others = queue.alongside(report, way, customer, summary.from(), summary.to(), now);
        ReportQueue.Ending ending =
                switch (Arrival.of(summary.quantity(), others.sent(), others.unknown(), report.units())) {
                    case ARRIVED -> new ReportQueue.Ending.Sent();
                    case MISSING -> new ReportQueue.Ending.Again("it had not arrived", now, false);
                    case UNDECIDED ->
                        new ReportQueue.Ending.Again(
                                "Stripe has added up " + summary.quantity().toPlainString()
                                        + ", from which it cannot be told whether this has arrived",
                                now.plus(UNDECIDED_PAUSE),
                                true);
                };
        return new Step(ending, Optional.empty());
    }

    private ReportWay way(UsageReport report) throws UsageReporter.UnavailableException {
        return report.way().isPresent()
                ? report.way().get()
                : reporter.way(report.key().organizationId(), report.target(), report.subscription());
    }

    private Step notNow(UsageReport report, SendOutcome.NotNow why, boolean unsure) {
        ReportQueue.Ending.Again again = again(report, why.reason(), why.after(), unsure);
        return new Step(
                again,
                why.wholeAccount()
                        ? Optional.of(new Rest(report.key().organizationId(), again.at()))
                        : Optional.empty());
    }

    private ReportQueue.Ending.Again again(
            UsageReport report, String reason, Optional<Duration> after, boolean unsure) {
        return new ReportQueue.Ending.Again(
                reason,
                clock.instant().plus(ReportRetries.pause(report.attempts(), after, random.nextDouble())),
                unsure);
    }
}
