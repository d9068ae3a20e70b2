package io.tollgate.ingest.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.LogPosition;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.Reports;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.Admission;
import io.tollgate.ingest.event.UsageReport.NewEvent;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettledTest {
    private static final Instant ADMITTED_AT = Reports.NOW;

    /// A record is in time for two seconds, inclusive; that binds only records with events under a quota.
    @ParameterizedTest
    @CsvSource({
        "true, true, -100, Logged",
        "true, true, 2000, Logged",
        "true, true, 2001, Late",
        "true, false, 2001, Logged",
        "false, false, 2001, Logged"
    })
    void boundedEventsMustComeInTime(boolean admitted, boolean bounded, long afterMillis, String expected) {
        SubjectBatch batch = batch(admitted, bounded);
        UsageReport report = Reports.of("a:1", "a:2");
        UsageReport written = new UsageReport(report.id(), report.zone(), report.acceptedAt(), List.of(batch));
        Appended.Landed landed = new Appended.Landed(0, 7, ADMITTED_AT.plusMillis(afterMillis));

        Settled settled = Settled.of(written, List.of(landed));

        assertThat(settled.getClass().getSimpleName()).isEqualTo(expected);
        assertThat(Settled.fate(batch, landed)).isEqualTo(expected.equals("Late") ? Fate.UNKNOWN : Fate.LANDED);
    }

    private static SubjectBatch batch(boolean admitted, boolean bounded) {
        UsageReport report = Reports.of("a:1", "a:2");
        SubjectBatch batch = report.batches().getFirst();
        NewEvent first = batch.events().getFirst();
        List<NewEvent> events = List.of(
                first,
                bounded
                        ? new NewEvent(first.id(), first.event(), BigDecimal.TEN, null)
                        : new NewEvent(first.id(), first.event(), null, ADMITTED_AT));
        Admission admission = admitted ? new Admission(AdmissionId.random(), 0, UUID.randomUUID(), ADMITTED_AT) : null;
        return new SubjectBatch(batch.subjectKey(), events, admission);
    }

    @Test
    void positionIncludesEveryRecord() {
        List<Appended> landed = List.of(landed(1, 9), landed(0, 3), landed(1, 8));

        assertThat(Settled.of(Reports.of("a:1", "b:1", "c:1"), landed))
                .isInstanceOfSatisfying(Settled.Logged.class, logged -> {
                    assertThat(logged.position()).isEqualTo(LogPosition.of(1, 9).max(LogPosition.of(0, 3)));
                    assertThat(logged.records()).isEqualTo(landed);
                });
    }

    @Test
    void nothingWrittenIsLoggedAtTheStart() {
        assertThat(Settled.of(Reports.of(), List.of())).isEqualTo(new Settled.Logged(LogPosition.START, List.of()));
    }

    @Test
    void oneRecordThatIsNotKnownToHaveLandedIsEnough() {
        UsageReport report = Reports.of("a:1", "b:1");
        assertThat(Settled.of(report, List.of(landed(0, 1), new Appended.Unknown("silence"))))
                .isEqualTo(new Settled.NotLogged("silence"));
        assertThat(Settled.of(report, List.of(new Appended.NotSent("full"), landed(0, 1))))
                .isEqualTo(new Settled.NotLogged("full"));
    }

    @Test
    void ownersAreToldWhatIsKnown() {
        SubjectBatch batch = batch(true, true);
        assertThat(Settled.fate(batch, landed(0, 1))).isEqualTo(Fate.LANDED);
        assertThat(Settled.fate(batch, new Appended.NotSent("full"))).isEqualTo(Fate.FAILED);
        assertThat(Settled.fate(batch, new Appended.Unknown("silence"))).isEqualTo(Fate.UNKNOWN);
    }

    private static Appended.Landed landed(int partition, long offset) {
        return new Appended.Landed(partition, offset, ADMITTED_AT);
    }
}
