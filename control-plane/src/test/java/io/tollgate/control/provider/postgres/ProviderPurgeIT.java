package io.tollgate.control.provider.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.provider.Editions;
import io.tollgate.control.provider.stripe.StripeFacts;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is kept of providers' events, and for how long.
class ProviderPurgeIT {
    private static final Instant BEFORE = Instant.parse("2026-08-24T10:00:00Z");
    private static final OffsetDateTime OLD = DefinitionChanges.utc(BEFORE.minus(Duration.ofDays(1)));
    private static final OffsetDateTime YOUNG = DefinitionChanges.utc(BEFORE);

    private final TestControl control = new TestControl(BEFORE.plus(Duration.ofDays(90)));
    private final PostgresProviderEvents events =
            new PostgresProviderEvents(control.changes(), new StripeFacts(), new Editions(Map.of()));
    private OrganizationId organization;

    @BeforeEach
    void newOrganization() {
        organization = control.newOrganization();
    }

    @AfterEach
    void close() {
        control.close();
    }

    private void event(String source, String id, String status, OffsetDateTime at) {
        control.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO provider_events (provider, source, event_id, type, payload, created, status, received_at)"
                                + " VALUES ('stripe', ?, ?, 'invoice.paid', '{}', ?, ?, ?)",
                        source,
                        id,
                        at,
                        status,
                        at));
    }

    private void object(String source, String id, OffsetDateTime at) {
        control.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO provider_objects (provider, source, object_id, created, rank)"
                                + " VALUES ('stripe', ?, ?, ?, 0)",
                        source,
                        id,
                        at));
    }

    private void reset(String invoice, OffsetDateTime at) {
        control.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO stripe_resets (organization_id, stripe_invoice_id, event_id, created_at)"
                                + " VALUES (?, ?, 'evt', ?)",
                        organization.value(),
                        invoice,
                        at));
    }

    private List<String> texts(String sql) {
        return control.jdbi()
                .withHandle(
                        handle -> handle.createQuery(sql).mapTo(String.class).list());
    }

    @Test
    void whatIsDoneWithGoesWhenItsTimeIsOver() {
        event("platform", "done", "completed", OLD);
        event("platform", "aside", "discarded", OLD);
        event("platform", "young", "completed", YOUNG);
        object("platform", "sub_old", OLD);
        object("platform", "sub_young", YOUNG);
        reset("in_old", OLD);
        reset("in_young", YOUNG);

        assertThat(events.purge(BEFORE, 10)).isEqualTo(4);

        assertThat(texts("SELECT event_id FROM provider_events")).containsExactly("young");
        assertThat(texts("SELECT object_id FROM provider_objects")).containsExactly("sub_young");
        assertThat(texts("SELECT stripe_invoice_id FROM stripe_resets")).containsExactly("in_young");
    }

    /// It can be processed at any time, and must not undo what is newer then.
    @Test
    void failedEventKeepsHowFarItsSourceWasFollowed() {
        event("platform", "failed", "failed", OLD);
        object("platform", "sub_1", OLD);
        object(organization.value(), "sub_2", OLD);

        assertThat(events.purge(BEFORE, 10)).isEqualTo(1);

        assertThat(texts("SELECT event_id FROM provider_events")).containsExactly("failed");
        assertThat(texts("SELECT object_id FROM provider_objects")).containsExactly("sub_1");
    }

    @Test
    void muchIsForgottenInPortions() {
        for (int i = 0; i < 5; i++) {
            object("platform", "sub_" + i, OLD);
        }

        assertThat(events.purge(BEFORE, 3)).isEqualTo(3);
        assertThat(events.purge(BEFORE, 3)).isEqualTo(2);
    }
}
