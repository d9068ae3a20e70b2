package io.tollgate.control.organization.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.organization.Mode;
import io.tollgate.control.organization.Organization;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.organization.OrganizationJson;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.outbox.OutboxPublisher;
import io.tollgate.control.outbox.OutboxRow;
import io.tollgate.control.outbox.postgres.PostgresOutbox;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Currency;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;

/// Organizations in PostgreSQL.
public final class PostgresOrganizations implements Organizations {
    private final Jdbi jdbi;
    private final PostgresOutbox outbox;
    private final OutboxPublisher publisher;
    private final InstantSource clock;

    /// @param jdbi with the PostgreSQL and SQL object plugins
    public PostgresOrganizations(Jdbi jdbi, PostgresOutbox outbox, OutboxPublisher publisher, InstantSource clock) {
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.publisher = publisher;
        this.clock = clock;
    }

    @Override
    public Organization create(OrganizationDraft draft) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Organization organization = new Organization(
                OrganizationId.of(UUID.randomUUID()),
                draft.name(),
                draft.email(),
                draft.timeZone(),
                draft.currency(),
                draft.mode(),
                now);
        long change = jdbi.inTransaction(handle -> {
            handle.attach(OrganizationDao.class).insert(toRow(organization));
            return outbox.append(
                    handle,
                    OutboxRow.definition(
                            Topics.ORGANIZATION_DEFINITIONS,
                            organization.id().value(),
                            OrganizationJson.toJson(organization)),
                    now);
        });
        publisher.awaitApplied(change);
        return organization;
    }

    @Override
    public Optional<Organization> find(OrganizationId id) {
        return jdbi.withHandle(handle -> handle.attach(OrganizationDao.class).find(id.value()))
                .map(PostgresOrganizations::fromRow);
    }

    private static OrganizationDao.Row toRow(Organization organization) {
        return new OrganizationDao.Row(
                organization.id().value(),
                organization.name(),
                organization.email(),
                organization.timeZone().getId(),
                organization.currency().getCurrencyCode(),
                organization.mode().word(),
                organization.createdAt().atOffset(ZoneOffset.UTC));
    }

    private static Organization fromRow(OrganizationDao.Row row) {
        return new Organization(
                new OrganizationId(row.id()),
                row.name(),
                row.email(),
                ZoneId.of(row.timeZone()),
                Currency.getInstance(row.currency()),
                Mode.ofWord(row.mode()),
                row.createdAt().toInstant());
    }
}
