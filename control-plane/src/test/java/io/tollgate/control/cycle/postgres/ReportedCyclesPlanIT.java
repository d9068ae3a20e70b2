package io.tollgate.control.cycle.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// How closed cycles are found among many reports.
class ReportedCyclesPlanIT {
    private static final Instant START = Instant.parse("2026-11-01T00:00:00Z");
    private static final Instant END = Instant.parse("2026-12-01T00:00:00Z");
    private static final TestControl CONTROL = new TestControl(START);

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    @Test
    void lateReportsAreFoundByTheirCycle() {
        OrganizationId organization = CONTROL.newOrganization();
        String plan = CONTROL.jdbi().withHandle(handle -> {
            // One closed cycle, and late events of many cycles before.
            handle.execute("""
                    INSERT INTO stripe_reports (id, organization_id, tenant_id, meter, kind, cycle_start, cycle_end, event_id,
                        operation, target, value, carry, units, stamped_at, state, created_at)
                    SELECT 'tg_' || lpad(n::text, 26, '0'), ?, 't1', 'calls', CASE n WHEN 0 THEN 'cycle' ELSE 'late' END, at,
                        CASE n WHEN 0 THEN '2026-11-30T00:00:00Z' ELSE at END, CASE n WHEN 0 THEN NULL ELSE 'e' || n END, 'SUM',
                        '{}', 1, 0, 1, at, 'sent', at
                    FROM (SELECT n, timestamptz '2026-11-01T00:00:00Z' - n * interval '1 hour' AS at
                          FROM generate_series(0, 5000) AS n) AS rows
                    """, organization.value());
            handle.execute("ANALYZE stripe_reports");
            List<String> lines = handle.createQuery("EXPLAIN " + PostgresReportedCycles.CYCLES)
                    .bind("organizationId", organization.value())
                    .bind("tenantId", "t1")
                    .bind("from", DefinitionChanges.utc(START))
                    .bind("to", DefinitionChanges.utc(END))
                    .bind("afterAt", (Object) null)
                    .bind("afterId", (Object) null)
                    .bind("limit", 10)
                    .mapTo(String.class)
                    .list();
            return String.join("\n", lines);
        });
        assertThat(plan).contains("stripe_reports_late").doesNotContain("Seq Scan");
    }
}
