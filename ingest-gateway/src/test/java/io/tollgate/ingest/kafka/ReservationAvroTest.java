package io.tollgate.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.event.ReservationStep;
import io.tollgate.event.ReservedItem;
import io.tollgate.event.UsageBatch;
import io.tollgate.ingest.event.Reports;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.ReservationStep.Kind;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.ReservationId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReservationAvroTest {
    private static final ReservationId ID = ReservationId.derived(0, "biz_demo/tenant:a", "k", 0);
    private static final Instant EXPIRY = Reports.NOW.plusSeconds(300);

    @Test
    void aReservationCarriesItsItemsItsExpiryAndItsOwnersConsent() {
        UsageReport.Admission admission =
                new UsageReport.Admission(new AdmissionId(new UUID(1, 2)), 0, new UUID(3, 4), Reports.NOW);
        UsageBatch record = record(
                admission,
                new UsageReport.ReservationStep(
                        Kind.RESERVE,
                        EXPIRY,
                        List.of(
                                item(new BigDecimal("500.000000")),
                                new UsageReport.ReservedItem(ID, "free", new BigDecimal("1.000000"), null))));

        assertThat(record.getEvents()).isEmpty();
        assertThat(record.getAdmission().getId()).isEqualTo(new UUID(1, 2));
        assertThat(record.getReservation().getStep()).isEqualTo(ReservationStep.RESERVE);
        assertThat(record.getReservation().getExpiresAt()).isEqualTo(EXPIRY);
        assertThat(record.getReservation().getItems())
                .containsExactly(
                        new ReservedItem(
                                ID.value(), "calls", new BigDecimal("15.000000"), new BigDecimal("500.000000")),
                        new ReservedItem(ID.value(), "free", new BigDecimal("1.000000"), null));
    }

    @ParameterizedTest
    @CsvSource({"RESERVE, RESERVE", "SETTLE, SETTLE", "RELEASE, RELEASE"})
    void eachStepIsNamed(Kind kind, ReservationStep named) {
        UsageBatch record = record(null, new UsageReport.ReservationStep(kind, null, List.of(item(null))));

        assertThat(record.getReservation().getStep()).isEqualTo(named);
        assertThat(record.getReservation().getExpiresAt()).isNull();
    }

    @Test
    void plainEventsAreNoStep() {
        UsageReport report = Reports.of("a:1");

        assertThat(EventAvro.toAvro(report, report.batches().getFirst()).getReservation())
                .isNull();
    }

    private static UsageReport.ReservedItem item(@Nullable BigDecimal ceiling) {
        return new UsageReport.ReservedItem(ID, "calls", new BigDecimal("15.000000"), ceiling);
    }

    private static UsageBatch record(UsageReport.@Nullable Admission admission, UsageReport.ReservationStep step) {
        SubjectKey subjectKey = new SubjectKey(new OrganizationId("biz_demo"), SubjectId.tenant(new TenantId("a")));
        return EventAvro.toAvro(Reports.of("a:1"), new SubjectBatch(subjectKey, List.of(), admission, step));
    }
}
