package io.tollgate.control.tenant.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.tenant.Tenant;
import io.tollgate.control.tenant.TenantChange;
import io.tollgate.control.tenant.TenantDraft;
import io.tollgate.control.tenant.TenantStatus;
import io.tollgate.http.JsonBody;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Optional;

/// A tenant as a request writes it.
record TenantBody(JsonBody body) {
    /// Microseconds from 1970 on, and years with four digits.
    private static final Instant EARLIEST = Instant.EPOCH;

    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    Optional<OrganizationId> organizationId() {
        return body.optional("business_id", OrganizationId::new);
    }

    TenantDraft draft() {
        return new TenantDraft(
                body.optional("customer_id", "tenant_id", TenantId::new)
                        .orElseThrow(() -> body.invalid("customer_id", "missing", "is required")),
                name(),
                email(),
                description(),
                metadata(),
                reference("plan_id").filter(ref -> !ref.isEmpty()),
                reference("stripe_price_id").filter(ref -> !ref.isEmpty()),
                reference("stripe_customer_id").filter(ref -> !ref.isEmpty()),
                endsAt());
    }

    TenantChange change() {
        return new TenantChange(
                name(),
                email(),
                description(),
                metadata(),
                reference("plan_id"),
                reference("stripe_price_id"),
                endsAt());
    }

    TenantStatus status() {
        return body.required(
                "status",
                word -> Arrays.stream(TenantStatus.values())
                        .filter(status -> status.name().equals(word))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("must be ACTIVE, SUSPENDED or DELETED")));
    }

    String userId() {
        return body.required("user_id", text -> bounded(text, 1, Tenant.REFERENCE_LENGTH_MAX));
    }

    String userEmail() {
        return body.required("user_email", TenantBody::address);
    }

    private Optional<String> name() {
        return body.optional("name", "customer_name", text -> bounded(text, 0, Tenant.NAME_LENGTH_MAX))
                .filter(name -> !name.isEmpty());
    }

    private Optional<String> email() {
        return body.optional("email", text -> text.isEmpty() ? text : address(text))
                .filter(text -> !text.isEmpty());
    }

    private static String address(String text) {
        OrganizationDraft.requireEmail(text);
        return text;
    }

    private Optional<String> description() {
        return body.optional("description", text -> {
            if (text.length() > Tenant.DESCRIPTION_LENGTH_MAX) {
                throw new IllegalArgumentException(
                        "must have at most " + Tenant.DESCRIPTION_LENGTH_MAX + " characters");
            }
            return text;
        });
    }

    private Optional<String> reference(String field) {
        return body.optional(field, text -> bounded(text, 0, Tenant.REFERENCE_LENGTH_MAX));
    }

    private static String bounded(String text, int min, int max) {
        if (text.length() < min || text.length() > max || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "must have " + min + " to " + max + " characters and no control characters");
        }
        return text;
    }

    private Optional<JsonNode> metadata() {
        Optional<ObjectNode> metadata = body.optionalObject("metadata");
        metadata.ifPresent(object -> {
            boolean longName = object.properties().stream()
                    .anyMatch(member -> member.getKey().length() > Tenant.METADATA_NAME_LENGTH_MAX);
            int bytes = object.toString().getBytes(StandardCharsets.UTF_8).length;
            if (object.size() > Tenant.METADATA_MEMBERS_MAX || longName || bytes > Tenant.METADATA_BYTES_MAX) {
                throw body.invalid(
                        "metadata",
                        "invalid_value",
                        "must have at most " + Tenant.METADATA_MEMBERS_MAX + " members with names of at most "
                                + Tenant.METADATA_NAME_LENGTH_MAX + " characters, and at most "
                                + Tenant.METADATA_BYTES_MAX + " bytes");
            }
        });
        return metadata.map(object -> object);
    }

    private Optional<Instant> endsAt() {
        return body.optional("subscription_ends_at", text -> text.isEmpty() ? Instant.MIN : time(text))
                .filter(time -> !time.equals(Instant.MIN));
    }

    private static Instant time(String text) {
        Instant time;
        try {
            time = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "must be an ISO 8601 time with Z or an offset, such as 2026-12-01T00:00:00Z", e);
        }
        if (time.isBefore(EARLIEST) || time.isAfter(LATEST)) {
            throw new IllegalArgumentException("must be in the years 1970 to 9999");
        }
        return time;
    }
}
