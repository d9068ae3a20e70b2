package io.tollgate.ingest.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.ingest.event.EventIntake;
import io.tollgate.ingest.event.Intake;
import io.tollgate.ingest.event.IntakeOutcome;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.Reports;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.EventDecision;
import io.tollgate.quota.admission.QuotaWarning;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a request becomes by the answers of its owners. Events are `tenant:key@meter=quantity`, the meter `calls` and
/// the quantity 1 unless said; the meter `hard` has a quota that denies. Answers are one per tenant, in order of
/// appearance: decisions per event joined by `,`, or a reason not to judge. A written batch is `tenant[keys]`, with `?`
/// if it is unchecked.
class AdmissionRoundTest {
    private static final UUID EPOCH = new UUID(1, 2);
    private static final Instant ADMITTED_AT = Instant.parse("2026-03-04T10:15:30.5Z");
    private static final Instant GRACE_START = Instant.parse("2026-03-02T00:00:00Z");
    private static final LimitedMeters HARD_ONLY = (organization, subject, meter) -> meter.equals("hard");

    /// `domain.md` 8, admission outcomes, and 7, states of a key, as far as the gateway decides.
    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, nullValues = "-", textBlock = """
            case                             | partial | events           | answers             | verdict          | outcomes       | released
            admitted                         | false   | a:k              | new                 | a[k]             | new            | -
            admitted without a key           | false   | a:               | new                 | a[]              | new            | -
            duplicate                        | false   | a:k              | dup                 | nothing          | dup            | -
            conflict                         | false   | a:k              | other               | nothing          | conflict:log   | -
            denied                           | false   | a:k@hard         | denied              | 403 a.hard       | -              | -
            owner not ready, quota           | false   | a:k@hard         | HAND_OVER           | 503 after 2      | -              | -
            owner not ready, no quota        | false   | a:k              | HAND_OVER           | a?[k]            | new            | -
            owner elsewhere, quota           | false   | a:k@hard         | NOT_OWNER           | 503 after 2      | -              | -
            owner elsewhere, no quota        | false   | a:k              | NOT_OWNER           | a?[k]            | new            | -
            owner overloaded                 | false   | a:k              | OVERLOADED          | 503 after 2      | -              | -
            definitions behind               | false   | a:k              | DEFINITIONS_BEHIND  | 503 after 1      | -              | -
            key in flight                    | false   | a:k              | KEY_IN_FLIGHT       | 503 after 1      | -              | -
            """)
    void singleEvents(
            String name,
            boolean partial,
            String events,
            String answers,
            String verdict,
            String outcomes,
            String released) {
        assertRound(partial, events, answers, verdict, outcomes, released);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, nullValues = "-", textBlock = """
            case                             | partial | events           | answers             | verdict          | outcomes       | released
            new, repeated and conflicting    | false   | a:k a:l a:k a:l=2 | new,new            | a[k l]           | new new dup conflict:request | -
            conflicts never refuse           | false   | a:k a:l          | other,new           | a[l]             | conflict:log new | -
            repeated duplicate               | false   | a:k a:k a:k=2    | dup                 | nothing          | dup dup conflict:log | -
            repeated conflict                | false   | a:k a:k a:k=2    | other               | nothing          | conflict:log conflict:log conflict:log | -
            repeated denial                  | true    | a:k@hard a:k@hard a:l | denied,new     | a[l]             | denied denied new | -
            other payload of a denied key    | true    | a:k@hard a:k@hard=2 | denied           | nothing          | denied denied  | -
            one violation denies all         | false   | a:k@hard a:l b:k c:k | denied,new new dup | 403 a.hard     | -              | a b
            one violation per meter          | false   | a:1@hard a:2@hard a:3@cool b:1@hard | denied,denied,denied denied | 403 a.hard a.cool b.hard | - | -
            denied alone                     | true    | a:1@hard a:2@hard a:3@hard | new,denied,new | a[1 3]       | new denied new | -
            denied tenant alone              | true    | a:1@hard b:1     | denied new          | b[1]             | denied new     | -
            one owner not ready, quota       | false   | a:k@hard b:k     | HAND_OVER new       | 503 after 2      | -              | b
            one owner not ready, no quota    | false   | a:k b:k          | HAND_OVER new       | a?[k] b[k]       | new new        | -
            one limited event of several     | false   | a:k a:l@hard     | HAND_OVER           | 503 after 2      | -              | -
            limited event alone              | true    | a:k a:l@hard b:k | HAND_OVER new       | a?[k] b[k]       | new open new   | -
            only limited events              | true    | a:k@hard         | HAND_OVER           | nothing          | open           | -
            unchecked events repeat keys     | true    | a:k a:k a:k=2    | HAND_OVER           | a?[k]            | new dup conflict:request | -
            repeated limited events          | true    | a:k@hard a:k@hard a:k@hard=2 | HAND_OVER | nothing         | open open open | -
            overloaded tenant alone          | true    | a:k b:k          | OVERLOADED new      | b[k]             | open new       | -
            tenant behind alone              | true    | a:k b:k          | DEFINITIONS_BEHIND new | b[k]          | open new       | -
            key in flight alone              | true    | a:k a:l          | open,new            | a[l]             | open new       | -
            key in flight of a tenant        | true    | a:k b:k          | KEY_IN_FLIGHT new   | b[k]             | open new       | -
            one key in flight                | false   | a:k b:k          | KEY_IN_FLIGHT new   | 503 after 1      | -              | b
            denied and not ready             | false   | a:k@hard b:k@hard c:k | denied HAND_OVER new | 403 a.hard  | -              | c
            the longest wait counts          | false   | a:k b:k          | KEY_IN_FLIGHT OVERLOADED | 503 after 2 | -              | -
            invalid ones keep their place    | true    | ! a:k            | dup                 | nothing          | invalid dup    | -
            """)
    void batches(
            String name,
            boolean partial,
            String events,
            String answers,
            String verdict,
            String outcomes,
            String released) {
        assertRound(partial, events, answers, verdict, outcomes, released);
    }

    @Test
    void ownersAreAskedOncePerSubject() {
        AdmissionRound round = round(true, "a:k a: b:k@hard a:k");

        assertThat(round.requests()).hasSize(2).allMatch(AdmissionRequest::partial);
        AdmissionRequest first = round.requests().getFirst();
        assertThat(first.subjectKey()).isEqualTo("biz_demo/tenant:a");
        assertThat(first.partition())
                .isEqualTo(Partitioning.partitionOf("biz_demo/tenant:a".getBytes(StandardCharsets.UTF_8), 48));
        assertThat(first.zone()).isEqualTo(ZoneId.of("Europe/Berlin"));
        assertThat(first.events()).hasSize(2);
        assertThat(first.events().getFirst()).satisfies(candidate -> {
            assertThat(candidate.keyed()).isTrue();
            assertThat(candidate.eventId())
                    .isEqualTo(
                            EventId.derived(new OrganizationId("biz_demo"), SubjectId.tenant(new TenantId("a")), "k"));
            assertThat(candidate.meter()).isEqualTo("calls");
            assertThat(candidate.quantity()).isEqualByComparingTo("1");
            assertThat(candidate.fingerprint()).hasSize(32);
        });
        assertThat(first.events().getLast().keyed()).isFalse();
        assertThat(round.requests().stream().map(AdmissionRequest::id)).doesNotHaveDuplicates();
    }

    @Test
    void recordsCarryWhatTheirOwnersSaid() {
        AdmissionRound round = round(false, "a:k a:l a:m");
        AdmissionAnswer answer = new AdmissionAnswer.Decided(
                EPOCH,
                ADMITTED_AT,
                List.of(
                        Decisions.bounded(),
                        new EventDecision.Admitted(Optional.empty(), Optional.of(GRACE_START), List.of()),
                        Decisions.admitted()));

        Verdict.Written written = (Verdict.Written) round.judge(List.of(answer), HARD_ONLY);

        UsageReport.SubjectBatch batch = written.report().batches().getFirst();
        AdmissionRequest asked = round.requests().getFirst();
        assertThat(batch.admission())
                .isEqualTo(new UsageReport.Admission(asked.id(), asked.partition(), EPOCH, ADMITTED_AT));
        assertThat(batch.events().stream().map(UsageReport.NewEvent::ceiling))
                .containsExactly(new BigDecimal("500.000000"), null, null);
        assertThat(batch.events().stream().map(UsageReport.NewEvent::graceStart))
                .containsExactly(null, GRACE_START, null);
    }

    @Test
    void theLastWarningOfAWindowIsTheOneAnswered() {
        AdmissionRound round = round(false, "a:1 a:2 b:1");
        QuotaWarning.Code soft = QuotaWarning.Code.QUOTA_SOFT_LIMIT;
        AdmissionAnswer ofA = decided(List.of(
                Decisions.bounded(Decisions.warning(soft, "calls", "451")),
                Decisions.bounded(
                        Decisions.warning(soft, "calls", "452"),
                        Decisions.warning(QuotaWarning.Code.QUOTA_OVERAGE, "calls", "452"))));
        AdmissionAnswer ofB = decided(List.of(Decisions.bounded(Decisions.warning(soft, "calls", "460"))));

        Verdict.Written written = (Verdict.Written) round.judge(List.of(ofA, ofB), HARD_ONLY);

        assertThat(written.warnings().stream()
                        .map(given -> given.subject() + " " + given.warning().code() + " "
                                + given.warning().current()))
                .containsExactly(
                        "tenant:a QUOTA_SOFT_LIMIT 452", "tenant:a QUOTA_OVERAGE 452", "tenant:b QUOTA_SOFT_LIMIT 460");
    }

    @Test
    void answersThatDoNotFitAreABug() {
        AdmissionRound round = round(false, "a:1 a:2");
        assertThatIllegalArgumentException().isThrownBy(() -> round.judge(List.of(), HARD_ONLY));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> round.judge(List.of(decided(List.of(Decisions.admitted()))), HARD_ONLY));
    }

    private static void assertRound(
            boolean partial, String events, String answers, String expected, String outcomes, String released) {
        AdmissionRound round = round(partial, events);
        Verdict verdict = round.judge(answers(round, answers), HARD_ONLY);

        switch (verdict) {
            case Verdict.Denied denied -> {
                assertThat("403 "
                                + denied.violations().stream()
                                        .map(violation ->
                                                name(violation.subject().value()) + "."
                                                        + violation.denial().meter())
                                        .collect(Collectors.joining(" ")))
                        .isEqualTo(expected);
                assertReleased(denied.released(), released);
            }
            case Verdict.Unavailable unavailable -> {
                assertThat("503 after " + unavailable.retryAfterSeconds()).isEqualTo(expected);
                assertReleased(unavailable.released(), released);
            }
            case Verdict.Written written -> {
                assertThat(text(written)).isEqualTo(expected);
                assertThat(written.outcomes().stream()
                                .map(AdmissionRoundTest::text)
                                .collect(Collectors.joining(" ")))
                        .isEqualTo(outcomes);
                assertThat(released).isNull();
                assertThat(written.checked()).isEqualTo(!expected.contains("?"));
            }
        }
    }

    private static void assertReleased(List<AdmissionOutcome> released, String expected) {
        assertThat(released)
                .allMatch(outcome -> outcome.fate() == AdmissionOutcome.Fate.FAILED
                        && outcome.epoch().equals(EPOCH));
        assertThat(released.stream().map(outcome -> name(outcome.subjectKey())).collect(Collectors.joining(" ")))
                .isEqualTo(expected == null ? "" : expected);
    }

    private static String text(Verdict.Written written) {
        String text = written.report().batches().stream()
                .map(batch -> name(batch.subjectKey().recordKey())
                        + (batch.admission() == null ? "?" : "")
                        + batch.events().stream()
                                .map(event -> event.event().idempotencyKey())
                                .map(key -> key == null ? "" : key)
                                .collect(Collectors.joining(" ", "[", "]")))
                .collect(Collectors.joining(" "));
        return text.isEmpty() ? "nothing" : text;
    }

    private static String text(IntakeOutcome outcome) {
        return switch (outcome) {
            case IntakeOutcome.Recorded recorded -> "new";
            case IntakeOutcome.Duplicate duplicate -> "dup";
            case IntakeOutcome.Conflict conflict ->
                conflict.firstReceivedAt().equals(Decisions.FIRST_ARRIVAL) ? "conflict:log" : "conflict:request";
            case IntakeOutcome.Denied denied -> "denied";
            case IntakeOutcome.Undecided undecided -> "open";
            case IntakeOutcome.TenantDeleted gone -> "deleted";
            case IntakeOutcome.Rejected rejected -> "invalid";
        };
    }

    /// The tenant at the end of a subject or record key.
    private static String name(String key) {
        return key.substring(key.lastIndexOf(':') + 1);
    }

    private static List<AdmissionAnswer> answers(AdmissionRound round, String text) {
        List<AdmissionAnswer> answers = new ArrayList<>();
        String[] bySubject = text.split(" ");
        for (int i = 0; i < bySubject.length; i++) {
            AdmissionRequest request = round.requests().get(i);
            String word = bySubject[i];
            boolean reason = Character.isUpperCase(word.charAt(0));
            answers.add(
                    reason
                            ? new AdmissionAnswer.NotJudged(AdmissionAnswer.Reason.valueOf(word), "told so")
                            : decided(decisions(request, word.split(","))));
        }
        return answers;
    }

    private static List<EventDecision> decisions(AdmissionRequest request, String[] words) {
        List<EventDecision> decisions = new ArrayList<>();
        for (int i = 0; i < words.length; i++) {
            String meter = request.events().get(i).meter();
            decisions.add(
                    switch (words[i]) {
                        case "new" -> Decisions.admitted();
                        case "dup" -> new EventDecision.Duplicate(Decisions.FIRST_ARRIVAL);
                        case "other" -> new EventDecision.Conflict(Decisions.FIRST_ARRIVAL);
                        case "denied" -> Decisions.denied(meter, "21");
                        case "open" -> new EventDecision.Unresolved();
                        default -> throw new IllegalArgumentException(words[i]);
                    });
        }
        return decisions;
    }

    private static AdmissionAnswer.Decided decided(List<EventDecision> decisions) {
        return new AdmissionAnswer.Decided(EPOCH, ADMITTED_AT, decisions);
    }

    private static AdmissionRound round(boolean partial, String events) {
        List<Reported> reported =
                Arrays.stream(events.split(" ")).map(AdmissionRoundTest::event).toList();
        Intake intake = EventIntake.decide(
                new OrganizationId("biz_demo"),
                (organization, tenant) -> false,
                ZoneId.of("Europe/Berlin"),
                reported,
                partial,
                Reports.NOW,
                new SplittableRandom(1));
        return AdmissionRound.of((Intake.Taken) intake, partial, 48, new SplittableRandom(2));
    }

    private static Reported event(String text) {
        if (text.equals("!")) {
            return Reports.invalid();
        }
        String[] quantity = text.split("=");
        String[] meter = quantity[0].split("@");
        int colon = meter[0].indexOf(':');
        String key = meter[0].substring(colon + 1);
        return Reports.event(
                meter[0].substring(0, colon).toLowerCase(Locale.ROOT),
                key.isEmpty() ? null : key,
                new MeterKey(meter.length > 1 ? meter[1] : "calls"),
                quantity.length > 1 ? quantity[1] : "1");
    }
}
