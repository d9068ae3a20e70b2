package io.tollgate.control.simulation.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.problem.Problem.FieldError;
import io.tollgate.control.price.PriceTerms;
import io.tollgate.control.price.http.PriceBody;
import io.tollgate.control.simulation.Draft;
import io.tollgate.control.simulation.Moment;
import io.tollgate.control.simulation.Question;
import io.tollgate.http.BodyFields;
import io.tollgate.http.JsonBody;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A simulation as a request writes it.
final class SimulationBody {
    private final JsonNode object;
    private final BodyFields fields;

    SimulationBody(JsonNode object) {
        this.object = object;
        this.fields = new BodyFields(object);
    }

    /// @throws Problem saying what is wrong; of price models, everything that is wrong with the first such
    Draft draft() {
        fields.require("from");
        fields.require("to");
        Optional<Moment> from = fields.text(Moment::read, "from");
        Optional<Moment> to = fields.text(Moment::read, "to");
        JsonNode candidates = object.path("candidates");
        if (!candidates.isArray() || candidates.isEmpty() || candidates.size() > Question.CANDIDATES_MAX) {
            fields.wrong("candidates", "INVALID_VALUE", "must be a list of 1 to " + Question.CANDIDATES_MAX);
        }
        Set<TenantId> tenants = tenants();
        fields.requireRight();
        return new Draft(from.orElseThrow(), to.orElseThrow(), proposals(candidates), List.copyOf(tenants));
    }

    private Set<TenantId> tenants() {
        Set<TenantId> tenants = new LinkedHashSet<>();
        if (!fields.sentWithValue("tenant_ids")) {
            return tenants;
        }
        JsonNode list = object.path("tenant_ids");
        if (!list.isArray() || list.isEmpty() || list.size() > Question.TENANTS_MAX) {
            fields.wrong("tenant_ids", "INVALID_VALUE", "must be a list of 1 to " + Question.TENANTS_MAX);
            return tenants;
        }
        for (JsonNode id : list) {
            try {
                if (!id.isTextual() || !JsonBody.storable(id)) {
                    throw new IllegalArgumentException("must be a list of ids of tenants");
                }
                tenants.add(new TenantId(id.textValue()));
            } catch (IllegalArgumentException e) {
                fields.wrong("tenant_ids", "INVALID_VALUE", String.valueOf(e.getMessage()));
                return tenants;
            }
        }
        return tenants;
    }

    private static List<Draft.Proposal> proposals(JsonNode candidates) {
        List<Draft.Proposal> proposals = new ArrayList<>();
        int all = 0;
        for (int i = 0; i < candidates.size(); i++) {
            String path = "candidates[" + i + "]";
            JsonNode candidate = candidates.get(i);
            if (!candidate.isObject()) {
                throw invalid(path, "must be an object with name and price_models");
            }
            BodyFields named = new BodyFields(candidate);
            Optional<String> name = named.text(SimulationBody::name, "name");
            if (name.isEmpty()) {
                throw invalid(path + ".name", "must be a text of 1 to " + Question.NAME_LENGTH_MAX + " characters");
            }
            JsonNode models = candidate.path("price_models");
            all += models.size();
            if (!models.isArray() || models.isEmpty() || all > Question.PRICES_MAX) {
                throw invalid(
                        path + ".price_models",
                        "must be a list of price models; all candidates together have at most " + Question.PRICES_MAX);
            }
            proposals.add(new Draft.Proposal(name.get(), prices(models, path + ".price_models")));
        }
        return proposals;
    }

    private static String name(String text) {
        if (text.isBlank() || text.length() > Question.NAME_LENGTH_MAX || text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not a name");
        }
        return text;
    }

    private static List<PriceTerms> prices(JsonNode models, String path) {
        List<PriceTerms> prices = new ArrayList<>();
        for (int i = 0; i < models.size(); i++) {
            String place = path + "[" + i + "]";
            if (!models.get(i).isObject()) {
                throw invalid(place, "must be a price model");
            }
            prices.add(price(models.get(i), place));
        }
        return prices;
    }

    /// What is wrong with a price model is told with its place in the request.
    private static PriceTerms price(JsonNode model, String place) {
        try {
            return new PriceBody(model).draft();
        } catch (Problem wrong) {
            throw wrong.details()
                    .filter(List.class::isInstance)
                    .map(details -> Problem.invalid(
                            wrong.code(),
                            ((List<?>) details)
                                    .stream()
                                            .filter(FieldError.class::isInstance)
                                            .map(FieldError.class::cast)
                                            .map(error -> new FieldError(
                                                    place + "." + error.path(), error.code(), error.message()))
                                            .toList()))
                    .orElse(wrong);
        }
    }

    private static Problem invalid(String path, String message) {
        return Problem.invalid(ErrorCode.VALIDATION_FAILED, List.of(new FieldError(path, "INVALID_VALUE", message)));
    }
}
