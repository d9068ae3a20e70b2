package io.tollgate.control.organization.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.control.organization.Mode;
import io.tollgate.control.organization.Organization;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Currency;
import java.util.Optional;
import java.util.UUID;

/// Organizations in PostgreSQL.
public final class PostgresOrganizations implements Organizations {
    private final DefinitionChanges changes;

    public PostgresOrganizations(DefinitionChanges changes) {
        this.changes = changes;
    }

    @Override
    public Organization create(OrganizationDraft draft) {
        Instant now = changes.now();
        Organization organization = new Organization(
                OrganizationId.of(UUID.randomUUID()),
                draft.name(),
                draft.email(),
                draft.timeZone(),
                draft.currency(),
                draft.mode(),
                now);
        changes.make(handle -> {
            handle.attach(OrganizationDao.class).insert(toRow(organization));
            return organization;
        });
        return organization;
    }

    @Override
    public Optional<Organization> find(OrganizationId id) {
        return changes.read(handle -> handle.attach(OrganizationDao.class).find(id.value()))
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
