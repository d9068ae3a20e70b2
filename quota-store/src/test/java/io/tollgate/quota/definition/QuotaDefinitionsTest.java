package io.tollgate.quota.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.management.ThreadMXBean;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.definition.QuotaDefinition;
import io.tollgate.definition.QuotaEnforcementMode;
import io.tollgate.definition.QuotaLimitType;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuotaDefinitionsTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final OrganizationId ACME = new OrganizationId("biz_acme");
    private static final OrganizationId OTHER = new OrganizationId("biz_other");
    private static final SubjectId T1 = SubjectId.tenant(new TenantId("t1"));
    private static final SubjectId T2 = SubjectId.tenant(new TenantId("t2"));

    private final Definitions definitions = new Definitions(InstantSource.fixed(NOW));

    private static QuotaDefinition.Builder row(String id, String tenant, String meter) {
        return QuotaDefinition.newBuilder()
                .setQuotaId(id)
                .setOrganizationId(ACME.value())
                .setTenantId(tenant.equals("*") ? null : tenant)
                .setMeter(meter)
                .setVersion(1)
                .setLimitValue(new BigDecimal("500.000000"))
                .setLimitType(QuotaLimitType.MONTHLY)
                .setEnforcementMode(QuotaEnforcementMode.HARD)
                .setCreatedAt(NOW)
                .setUpdatedAt(NOW);
    }

    private void apply(String id, String tenant, String meter) {
        definitions.applyQuota(id, row(id, tenant, meter).build());
    }

    private Optional<String> covering(OrganizationId organizationId, SubjectId subject, String meter) {
        return definitions.quota(organizationId, subject, meter).map(Quota::id);
    }

    @Test
    void tenantsOwnQuotaComesBeforeTheDefault() {
        apply("default", "*", "m");
        apply("own", "t1", "m");

        assertThat(covering(ACME, T1, "m")).contains("own");
        assertThat(covering(ACME, T2, "m")).contains("default");
        assertThat(covering(ACME, T1, "n")).isEmpty();
        assertThat(covering(OTHER, T1, "m")).isEmpty();
    }

    @Test
    void onlyTenantsHaveQuotas() {
        apply("default", "*", "m");

        assertThat(covering(ACME, SubjectId.organization(), "m")).isEmpty();
        assertThat(covering(ACME, SubjectId.site("t1"), "m")).isEmpty();
    }

    @Test
    void tombstoneUncoversWhatIsBelow() {
        apply("default", "*", "m");
        apply("own", "t1", "m");

        definitions.applyQuota("own", null);
        assertThat(covering(ACME, T1, "m")).contains("default");
        definitions.applyQuota("default", null);
        assertThat(covering(ACME, T1, "m")).isEmpty();
        definitions.applyQuota("never seen", null);
        assertThat(definitions.size()).isZero();
    }

    @Test
    void changeReplaces() {
        apply("own", "t1", "m");
        definitions.applyQuota(
                "own",
                row("own", "t1", "m")
                        .setVersion(2)
                        .setLimitValue(new BigDecimal("7.000000"))
                        .build());

        Quota quota = definitions.quota(ACME, T1, "m").orElseThrow();
        assertThat(quota.version()).isEqualTo(2);
        assertThat(quota.limit()).isEqualByComparingTo("7");
        assertThat(definitions.size()).isEqualTo(1);
    }

    @Test
    void quotaThatMovesLeavesItsPlace() {
        apply("q", "t1", "m");
        apply("q", "*", "n");

        assertThat(covering(ACME, T1, "m")).isEmpty();
        assertThat(covering(ACME, T1, "n")).contains("q");
    }

    /// The tombstone of a deleted quota may be repeated after a new one took its place.
    @Test
    void tombstoneOfAnotherQuotaLeavesThePlaceAlone() {
        apply("old", "t1", "m");
        apply("new", "t1", "m");

        definitions.applyQuota("old", null);

        assertThat(covering(ACME, T1, "m")).contains("new");
        definitions.applyQuota("new", null);
        assertThat(covering(ACME, T1, "m")).isEmpty();
    }

    @Test
    void quotasStayInForceWhileTheTopicIsReadAnew() {
        apply("kept", "t1", "m");
        apply("gone", "t2", "m");
        definitions.appliedUpTo(Topics.QUOTA_DEFINITIONS.name(), 2);
        definitions.confirmed(definitions.now());

        definitions.startOver();

        assertThat(covering(ACME, T2, "m")).contains("gone");
        assertThat(definitions.trusted()).isFalse();
        assertThat(definitions.applied(Topics.QUOTA_DEFINITIONS.name())).isEqualTo(-1);
        apply("kept", "t1", "m");
        assertThat(covering(ACME, T2, "m")).contains("gone");
        definitions.confirmed(definitions.now());
        assertThat(covering(ACME, T1, "m")).contains("kept");
        assertThat(covering(ACME, T2, "m")).isEmpty();
        definitions.confirmed(definitions.now());
        assertThat(covering(ACME, T1, "m")).contains("kept");
    }

    @Test
    void appliedIsTheOffsetOfTheLastRecord() {
        String topic = Topics.QUOTA_DEFINITIONS.name();
        assertThat(definitions.applied(topic)).isEqualTo(-1);

        definitions.appliedUpTo(topic, 0);
        assertThat(definitions.applied(topic)).isEqualTo(-1);
        definitions.appliedUpTo(topic, 8);
        assertThat(definitions.applied(topic)).isEqualTo(7);
        assertThat(definitions.await(topic, 7, Duration.ZERO)).isTrue();
        assertThat(definitions.await(topic, 8, Duration.ZERO)).isFalse();
    }

    @Test
    void everythingThatIsWrittenIsRead() {
        definitions.applyQuota(
                "q",
                row("q", "t1", "m")
                        .setVersion(9)
                        .setLimitType(QuotaLimitType.CUSTOM)
                        .setWindowStart(Instant.parse("2026-03-04T10:17:00Z"))
                        .setWindowLength("P14D")
                        .setEnforcementMode(QuotaEnforcementMode.SOFT)
                        .setSoftLimit(new BigDecimal("450.000000"))
                        .setOverageAllowed(new BigDecimal("50.000000"))
                        .setGraceLengthHours(24)
                        .setGraceEnd(NOW)
                        .build());

        assertThat(definitions.quota(ACME, T1, "m"))
                .contains(new Quota(
                        "q",
                        9,
                        new BigDecimal("500.000000"),
                        new QuotaPeriod.Custom(Instant.parse("2026-03-04T10:17:00Z"), Duration.ofDays(14)),
                        EnforcementMode.SOFT,
                        Optional.of(new BigDecimal("450.000000")),
                        new BigDecimal("50.000000"),
                        Optional.of(Duration.ofHours(24)),
                        Optional.of(NOW)));
    }

    @ParameterizedTest
    @CsvSource({"DAILY, Daily", "MONTHLY, Monthly", "YEARLY, Yearly", "LIFETIME, Lifetime", "ROLLING_30D, Rolling"})
    void everyLimitTypeHasItsPeriod(QuotaLimitType type, String period) {
        definitions.applyQuota("q", row("q", "t1", "m").setLimitType(type).build());

        assertThat(definitions
                        .quota(ACME, T1, "m")
                        .orElseThrow()
                        .period()
                        .getClass()
                        .getSimpleName())
                .isEqualTo(period);
    }

    @Test
    void whatThisVersionDoesNotKnowIsRefusedAndChangesNothing() {
        apply("q", "t1", "m");
        for (QuotaDefinition.Builder unknown : new QuotaDefinition.Builder[] {
            row("q", "t1", "m").setLimitType(QuotaLimitType.UNKNOWN),
            row("q", "t1", "m").setEnforcementMode(QuotaEnforcementMode.UNKNOWN),
            row("q", "t1", "m").setLimitType(QuotaLimitType.CUSTOM),
            row("q", "t1", "m")
                    .setLimitType(QuotaLimitType.CUSTOM)
                    .setWindowStart(NOW)
                    .setWindowLength("1 day"),
            row("q", "t1", "m").setLimitValue(new BigDecimal("-1.000000"))
        }) {
            QuotaDefinition definition = unknown.build();
            assertThatIllegalArgumentException().isThrownBy(() -> definitions.applyQuota("q", definition));
        }
        assertThat(definitions.quota(ACME, T1, "m").orElseThrow().version()).isEqualTo(1);
    }

    /// Look-ups are on the way of every event. What the virtual machine allocates for itself is far below a byte each.
    @Test
    void lookUpAllocatesNothing() {
        apply("default", "*", "m");
        apply("own", "t1", "m");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int found = 0;
        long allocated = 0;
        for (int round = 0; round < 2; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100_000; i++) {
                found += definitions.quota(ACME, T1, "m").isPresent() ? 1 : 0;
                found += definitions.quota(ACME, T2, "m").isPresent() ? 1 : 0;
                found += definitions.quota(ACME, T1, "n").isPresent() ? 1 : 0;
                found += definitions.quota(OTHER, T1, "m").isPresent() ? 1 : 0;
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(found).isEqualTo(400_000);
        assertThat(allocated).isLessThan(100_000);
    }
}
