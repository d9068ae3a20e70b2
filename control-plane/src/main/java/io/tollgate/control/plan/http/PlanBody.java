package io.tollgate.control.plan.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.control.plan.PlanTerms;
import io.tollgate.http.BodyFields;
import java.util.Optional;
import java.util.regex.Pattern;

/// A plan as a request writes it: whole, or the part of one that changes.
final class PlanBody {
    static final String INVALID = "Invalid plan data";
    private static final String TITLE = "Bad Request";

    private static final String[] ID = {"id"};
    private static final String[] NAME = {"plan_name", "name"};
    private static final String[] PRICE = {"stripe_price_id"};

    private static final String[] MACHINES = {"machines"};
    private static final String[] IMAGE = {"docker_image"};

    private static final Pattern ID_FORM = Pattern.compile("[A-Za-z0-9_.-]{1,100}");

    private final BodyFields fields;

    PlanBody(JsonNode object) {
        this.fields = new BodyFields(object);
    }

    /// A new plan.
    record Draft(Optional<String> id, PlanTerms terms) {}

    /// @throws Problem saying what is wrong
    Draft draft() {
        fields.require(NAME);
        Draft draft = new Draft(
                fields.text(PlanBody::id, ID), terms(new PlanTerms("-", Optional.empty(), 0, Optional.empty())));
        fields.requireRight(TITLE, INVALID);
        return draft;
    }

    /// What is absent stays; a price that is null or empty goes.
    ///
    /// @throws Problem saying what is wrong
    PlanTerms changed(PlanTerms before) {
        PlanTerms changed = terms(before);
        fields.requireRight(TITLE, INVALID);
        return changed;
    }

    private PlanTerms terms(PlanTerms before) {
        PlanTerms terms = new PlanTerms(
                fields.text(PlanBody::name, NAME).orElse(before.name()),
                fields.sent(PRICE) ? price() : before.stripePriceId(),
                fields.whole(0, PlanTerms.MACHINES_MAX, MACHINES).orElse(before.machines()),
                fields.sent(IMAGE)
                        ? fields.text(PlanBody::image, IMAGE).filter(text -> !text.isEmpty())
                        : before.dockerImage());
        if (terms.machines() > 0 && terms.dockerImage().isEmpty()) {
            fields.wrong(IMAGE[0], "REQUIRED", "must be given where a plan has machines");
        }
        return terms;
    }

    private Optional<String> price() {
        return fields.text(PlanBody::price, PRICE).filter(text -> !text.isEmpty());
    }

    private static String id(String text) {
        if (!ID_FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("must have 1 to 100 letters, digits, '_', '.' or '-'");
        }
        return text;
    }

    private static String name(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("must not be empty");
        }
        return bounded(text, PlanTerms.NAME_LENGTH_MAX);
    }

    private static String price(String text) {
        return bounded(text, PlanTerms.PRICE_LENGTH_MAX);
    }

    // Empty takes the image away; blank names none, and is no image that could run.
    private static String image(String text) {
        if (!text.isEmpty() && text.isBlank()) {
            throw new IllegalArgumentException("must not be blank");
        }
        return bounded(text, PlanTerms.IMAGE_LENGTH_MAX);
    }

    private static String bounded(String text, int lengthMax) {
        if (text.length() > lengthMax || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "must have at most " + lengthMax + " characters and no control characters");
        }
        return text;
    }
}
