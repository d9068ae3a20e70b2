package io.tollgate.billing.report.postgres;

import static io.tollgate.billing.usage.UsageSamples.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.billing.report.Activity;
import io.tollgate.billing.report.BusyTenant;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.UsageSamples;
import io.tollgate.billing.usage.postgres.TestStore;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.control.fixture.TestDatabase;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class PostgresReportReadsIT {
    private static final Instant FROM = Instant.parse("2026-03-01T10:00:00Z");
    private static final Instant TO = Instant.parse("2026-03-01T10:05:00Z");

    private final Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());
    private final PostgresReportReads reads = new PostgresReportReads(jdbi);

    private void store(CountedEvent... events) {
        TestStore.of(jdbi).store(List.of(events), UsageSamples.hoursOf(List.of(events)));
    }

    private Activity activity(Optional<String> meter, int limit) {
        return reads.activity(UsageSamples.ORGANIZATION, meter, FROM, TO, limit);
    }

    @Test
    void theBusiestComeFirstWithTheirBusiestMeters() {
        store(
                event(1, "a", "x", "1", "2026-03-01T10:00:00Z"),
                event(2, "b", "x", "1", "2026-03-01T10:01:00Z"),
                event(3, "b", "y", "1", "2026-03-01T10:02:00Z"),
                event(4, "b", "y", "1", "2026-03-01T10:03:00Z"),
                event(5, "c", "y", "1", "2026-03-01T10:04:00Z"),
                event(6, "a", "x", "1", "2026-03-01T09:59:59.999999Z"),
                event(7, "a", "x", "1", "2026-03-01T10:05:00Z"));

        Activity all = activity(Optional.empty(), 2);
        assertThat(all.span()).isEqualTo(Duration.ofMinutes(5));
        assertThat(all.busiest())
                .containsExactly(
                        new BusyTenant(new TenantId("b"), 3, List.of("y", "x")),
                        new BusyTenant(new TenantId("a"), 1, List.of("x")));
        assertThat(all.perMinute(all.busiest().getFirst())).isEqualTo(new BigDecimal("0.60"));
        assertThat(activity(Optional.of("y"), 10).busiest())
                .containsExactly(
                        new BusyTenant(new TenantId("b"), 2, List.of("y")),
                        new BusyTenant(new TenantId("c"), 1, List.of("y")));
        assertThat(reads.activity(new OrganizationId("biz_other"), Optional.empty(), FROM, TO, 10)
                        .busiest())
                .isEmpty();
    }

    @Test
    void tenantsAreCountedUnlessDeleted() {
        store(event(1, "a", "x", "1", "2026-03-01T10:00:00Z"), event(2, "b", "x", "1", "2026-03-01T10:01:00Z"));
        assertThat(reads.tenants(UsageSamples.ORGANIZATION)).isEqualTo(2);

        jdbi.useHandle(handle -> handle.execute("UPDATE tenants SET status = 'DELETED' WHERE tenant_id = 'b'"));
        assertThat(reads.tenants(UsageSamples.ORGANIZATION)).isEqualTo(1);
        assertThat(reads.tenants(new OrganizationId("biz_other"))).isZero();
        assertThat(reads.slug(UsageSamples.ORGANIZATION)).isEmpty();
    }
}
