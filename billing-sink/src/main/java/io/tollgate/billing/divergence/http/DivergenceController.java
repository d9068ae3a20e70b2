package io.tollgate.billing.divergence.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.divergence.Divergence;
import io.tollgate.billing.divergence.DivergenceCheck;
import io.tollgate.billing.divergence.OwnedCounters;
import io.tollgate.billing.divergence.StoreProgress;
import io.tollgate.billing.divergence.StoredCounters;
import io.tollgate.billing.divergence.Sum;
import io.tollgate.billing.usage.http.PlainJson;
import io.tollgate.billing.usage.http.QueryParameters;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Principal;
import java.io.IOException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// `GET /admin/v1/divergence`: counters at their owners against what is stored, a sample at a time. Expected to be
/// empty.
@Controller("/admin/v1/divergence")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class DivergenceController {
    private static final int COUNTERS = 200;
    private static final int COUNTERS_MAX = 2_000;

    private final DivergenceCheck check;
    private final InstantSource clock;

    public DivergenceController(
            StoredCounters stored, OwnedCounters owners, StoreProgress progress, InstantSource clock) {
        this.check = new DivergenceCheck(stored, owners, progress);
        this.clock = clock;
    }

    @Get
    HttpResponse<byte[]> compare(
            HttpRequest<?> request, @RequestAttribute(Authority.PRINCIPAL_ATTRIBUTE) Principal principal) {
        Authority.operator(principal);
        QueryParameters parameters = new QueryParameters(request);
        int limit = parameters.limit(COUNTERS, COUNTERS_MAX);
        Optional<OrganizationId> only =
                parameters.read("business_id", OrganizationId::new, "must be the id of an organization");
        parameters.requireRight();
        return HttpResponse.ok(toJson(check.run(limit, only))).contentType(MediaType.APPLICATION_JSON_TYPE);
    }

    private byte[] toJson(Divergence divergence) {
        return PlainJson.object(json -> {
            json.writeNumberField("counters_checked", divergence.checked());
            json.writeNumberField("counters_skipped", divergence.skipped());
            json.writeArrayFieldStart("mismatches");
            for (Divergence.Mismatch mismatch : divergence.mismatches()) {
                json.writeStartObject();
                json.writeStringField(
                        "business_id",
                        mismatch.counter().subject().organizationId().value());
                PlainJson.text(
                        json,
                        "tenant_id",
                        mismatch.counter().subject().subject().tenantId().map(TenantId::value));
                json.writeStringField("event_type", mismatch.counter().meter());
                json.writeStringField("window_start", mismatch.counter().start().toString());
                json.writeStringField("window_end", mismatch.counter().end().toString());
                sum(json, "counter", Optional.of(mismatch.owned().sum()));
                sum(json, "stored_events", Optional.of(mismatch.stored().events()));
                sum(json, "stored_counter", mismatch.stored().counter().map(counter -> counter.sum()));
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeStringField(
                    "checked_at", clock.instant().truncatedTo(ChronoUnit.MICROS).toString());
        });
    }

    private static void sum(JsonGenerator json, String member, Optional<Sum> sum) throws IOException {
        if (sum.isEmpty()) {
            json.writeNullField(member);
            return;
        }
        json.writeObjectFieldStart(member);
        PlainJson.number(json, "total_quantity", sum.get().quantity());
        json.writeNumberField("event_count", sum.get().eventCount());
        json.writeEndObject();
    }
}
