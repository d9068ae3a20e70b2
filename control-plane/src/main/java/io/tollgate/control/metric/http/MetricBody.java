package io.tollgate.control.metric.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.MeterKey;
import io.tollgate.control.metric.MetricSettings;
import io.tollgate.http.BodyFields;
import io.tollgate.http.JsonBody;
import io.tollgate.metering.limit.BreachAction;
import io.tollgate.metering.limit.LimitOperator;
import io.tollgate.metering.limit.LimitPeriod;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.CleanupAfter;
import io.tollgate.metering.meter.FlushInterval;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A new metric as a request writes it. Integrations and billing are read leniently: what is not known stays as it was
/// given.
final class MetricBody {
    static final String INVALID = "Invalid metric data";
    private static final String TITLE = "Validation Failed";

    private static final String[] NAME = {"metric_name", "event_type", "meter"};
    private static final String[] OPERATION = {"operation"};
    private static final String[] TYPE = {"metric_type"};
    private static final String[] FLUSH_INTERVAL = {"flush_interval"};
    private static final String[] CLEANUP_AFTER = {"cleanup_after"};
    private static final String[] INITIAL_VALUE = {"initial_value"};
    private static final String[] LIMIT_VALUE = {"limit_value", "plan_limit_value"};
    private static final String[] LIMIT_OPERATOR = {"limit_operator", "breach_operator", "plan_limit_operator"};
    private static final String[] BREACH_ACTION = {"breach_action", "plan_breach_action"};
    private static final String[] LIMIT_PERIOD = {"limit_period"};
    private static final String[] TAGS = {"tags"};
    private static final String[] METADATA = {"metadata"};

    private static final String OPERATIONS = "SUM, COUNT, AVG, MAX, MIN, LAST";
    private static final String TYPES = "reset, checkpoint, stripe_billing";
    private static final String OPERATORS = "gt, gte, lt, lte, eq";
    private static final String ACTIONS = "deny, allow_overage, webhook, scale, allow, disabled";
    private static final String PERIODS = "daily, monthly, yearly, realtime";

    private static final int METADATA_MEMBERS_MAX = 50;
    private static final int METADATA_NAME_LENGTH_MAX = 100;

    /// Largest exponent of a number in metadata, either way: far more than anybody means, and within what the database
    /// can hold.
    private static final int EXPONENT_MAX = 1_000;

    /// A window is looked at for the last time when it has been over for a minute; the next one looked at is the one
    /// that runs then. Shorter windows would pass unseen meanwhile, or while an instance restarts.
    private static final FlushInterval OVERAGE_WINDOW_MIN = FlushInterval.MINUTES_5;

    private static final int INT_MAX = 999_999_999;
    private static final Quantity ZERO = Quantity.rounded(BigDecimal.ZERO);

    private final JsonNode object;
    private final BodyFields fields;

    MetricBody(JsonNode object) {
        this.object = object;
        this.fields = new BodyFields(object);
    }

    /// A new metric.
    ///
    /// @param initialValue as it was sent, if it was
    record Draft(MeterKey meter, MetricSettings settings, Optional<Quantity> initialValue) {}

    /// @throws Problem saying what is wrong, with what was received
    Draft draft() {
        fields.require(NAME);
        Optional<Quantity> initialValue = fields.signedQuantity(INITIAL_VALUE);
        ObjectNode metadata = metadata();
        MeterKey meter = fields.text(MeterKey::new, NAME).orElse(new MeterKey("-"));
        JsonNode supabase = metadata.path("integrations").path("supabase");
        MetricSettings settings = new MetricSettings(
                fields.chosen(MetricBody::operation, OPERATIONS, OPERATION).orElse(Operation.SUM),
                fields.chosen(MetricType::ofWord, TYPES, TYPE).orElse(MetricType.CHECKPOINT),
                fields.chosen(FlushInterval::ofWord, FlushInterval.words(), FLUSH_INTERVAL)
                        .orElse(FlushInterval.HOUR),
                FlushInterval.ofWord(supabase.path("batch_interval").asText()).orElse(FlushInterval.SECONDS_15),
                fields.chosen(CleanupAfter::ofWord, CleanupAfter.words(), CLEANUP_AFTER)
                        .orElse(CleanupAfter.DAY),
                initialValue.orElse(ZERO),
                fields.quantity(LIMIT_VALUE),
                fields.chosen(LimitOperator::ofWord, OPERATORS, LIMIT_OPERATOR).orElse(LimitOperator.GTE),
                fields.chosen(BreachAction::ofWord, ACTIONS, BREACH_ACTION).orElse(BreachAction.DISABLED),
                fields.chosen(LimitPeriod::ofWord, PERIODS, LIMIT_PERIOD).orElse(LimitPeriod.REALTIME),
                tags(),
                metadata,
                integrations(metadata));
        requireOverageWindow(settings);
        if (!fields.right()) {
            throw fields.business(TITLE, INVALID).with("received_data", object);
        }
        return new Draft(meter, settings, initialValue);
    }

    /// Windows whose units are billed must be long enough for each of them to be looked at after its end.
    private void requireOverageWindow(MetricSettings settings) {
        JsonNode stripe = settings.metadata().path("integrations").path("stripe");
        if (stripe.path("overage_threshold").isNumber()
                && settings.type() == MetricType.RESET
                && settings.limitPeriod() == LimitPeriod.REALTIME
                && settings.flushInterval().seconds() < OVERAGE_WINDOW_MIN.seconds()) {
            fields.wrong(
                    "metadata.integrations.stripe.overage_threshold",
                    "INVALID_VALUE",
                    "needs windows of at least " + OVERAGE_WINDOW_MIN.word() + ": make flush_interval "
                            + OVERAGE_WINDOW_MIN.word() + " or longer, or limit_period daily, monthly or yearly");
        }
    }

    private static Optional<Operation> operation(String word) {
        String name = word.toUpperCase(Locale.ROOT);
        return Arrays.stream(Operation.values())
                .filter(operation -> operation.name().equals(name))
                .findFirst();
    }

    private Map<String, String> tags() {
        Map<String, String> tags = new LinkedHashMap<>();
        if (!fields.sentWithValue(TAGS)) {
            return tags;
        }
        JsonNode node = fields.node(TAGS);
        if (!node.isObject() || node.size() > MetricSettings.TAGS_MAX) {
            fields.wrong(
                    TAGS[0], "INVALID_TYPE", "must be an object of at most " + MetricSettings.TAGS_MAX + " strings");
            return tags;
        }
        for (Map.Entry<String, JsonNode> tag : node.properties()) {
            if (!tag.getValue().isTextual()
                    || tag.getKey().length() > MetricSettings.TAG_NAME_LENGTH_MAX
                    || tag.getValue().textValue().length() > MetricSettings.TAG_VALUE_LENGTH_MAX) {
                fields.wrong(
                        TAGS[0],
                        "INVALID_VALUE",
                        "must have names of at most " + MetricSettings.TAG_NAME_LENGTH_MAX
                                + " characters and strings of at most " + MetricSettings.TAG_VALUE_LENGTH_MAX);
                return tags;
            }
            tags.put(tag.getKey(), tag.getValue().textValue());
        }
        requireStorable(TAGS[0], node);
        return tags;
    }

    private ObjectNode metadata() {
        JsonNode node = fields.node(METADATA);
        if (!fields.sentWithValue(METADATA)) {
            return JsonNodeFactory.instance.objectNode();
        }
        if (!(node instanceof ObjectNode metadata)) {
            fields.wrong(METADATA[0], "INVALID_TYPE", "must be an object");
            return JsonNodeFactory.instance.objectNode();
        }
        boolean tooLarge = metadata.size() > METADATA_MEMBERS_MAX
                || metadata.propertyStream().anyMatch(member -> member.getKey().length() > METADATA_NAME_LENGTH_MAX)
                || metadata.toString().getBytes(StandardCharsets.UTF_8).length > MetricSettings.METADATA_BYTES_MAX;
        if (tooLarge) {
            fields.wrong(
                    METADATA[0],
                    "INVALID_VALUE",
                    "must have at most " + METADATA_MEMBERS_MAX + " members and " + MetricSettings.METADATA_BYTES_MAX
                            + " bytes");
        }
        requireStorable(METADATA[0], metadata);
        return metadata;
    }

    private void requireStorable(String field, JsonNode node) {
        if (!JsonBody.storable(node)) {
            fields.wrong(field, "INVALID_VALUE", "must not contain U+0000 or half of a surrogate pair");
        } else if (!moderate(node)) {
            fields.wrong(field, "INVALID_VALUE", "must not contain numbers with more than 1,000 digits");
        }
    }

    private static boolean moderate(JsonNode node) {
        if (node.isNumber()) {
            BigDecimal number = node.decimalValue();
            return Math.abs((long) number.precision() - number.scale()) <= EXPONENT_MAX
                    && Math.abs((long) number.scale()) <= EXPONENT_MAX;
        }
        for (JsonNode child : node) {
            if (!moderate(child)) {
                return false;
            }
        }
        return true;
    }

    /// What is known of the integrations must be of its kind. Answers how long snapshots are kept.
    private Optional<Integer> integrations(ObjectNode metadata) {
        JsonNode integrations = part(metadata, "metadata.", "integrations");
        String path = "metadata.integrations.";
        JsonNode supabase = part(integrations, path, "supabase");
        JsonNode stripe = part(integrations, path, "stripe");
        JsonNode fly = part(integrations, path, "fly");
        JsonNode billing = part(metadata, "metadata.", "billing");
        for (String flag : List.of("enabled", "restore_on_startup")) {
            require(supabase, path + "supabase.", flag, JsonNode::isBoolean, "must be true or false");
            require(stripe, path + "stripe.", flag, JsonNode::isBoolean, "must be true or false");
        }
        require(fly, path + "fly.", "enabled", JsonNode::isBoolean, "must be true or false");
        require(billing, "metadata.billing.", "enabled", JsonNode::isBoolean, "must be true or false");
        require(supabase, path + "supabase.", "table_name", JsonNode::isTextual, "must be a string");
        String intervals = "must be one of " + FlushInterval.words();
        require(supabase, path + "supabase.", "batch_interval", MetricBody::isInterval, intervals);
        require(stripe, path + "stripe.", "batch_interval", MetricBody::isInterval, intervals);
        for (String text :
                List.of("key_name", "price_id", "meter_event_name", "overage_item_id", "overage_product_id")) {
            require(stripe, path + "stripe.", text, JsonNode::isTextual, "must be a string");
        }
        require(stripe, path + "stripe.", "billing_threshold", JsonNode::isNumber, "must be a number");
        require(
                stripe,
                path + "stripe.",
                "overage_threshold",
                node -> whole(node, INT_MAX).isPresent(),
                "must be a whole number of at least 1");
        require(fly, path + "fly.", "scale_threshold", JsonNode::isNumber, "must be a number");
        require(
                fly,
                path + "fly.",
                "max_machines",
                node -> whole(node, INT_MAX).isPresent(),
                "must be a whole number of at least 1");
        require(
                supabase,
                path + "supabase.",
                "retention_days",
                node -> whole(node, MetricSettings.RETENTION_DAYS_MAX).isPresent(),
                "must be a whole number from 1 to " + MetricSettings.RETENTION_DAYS_MAX);
        return whole(supabase.path("retention_days"), MetricSettings.RETENTION_DAYS_MAX);
    }

    private JsonNode part(JsonNode node, String path, String member) {
        JsonNode part = node.path(member);
        if (part.isMissingNode() || part.isNull()) {
            return JsonNodeFactory.instance.missingNode();
        }
        if (!part.isObject()) {
            fields.wrong(path + member, "INVALID_TYPE", "must be an object");
        }
        return part;
    }

    private interface Kind {
        boolean holds(JsonNode node);
    }

    private void require(JsonNode node, String path, String member, Kind kind, String message) {
        JsonNode value = node.path(member);
        if (!value.isMissingNode() && !value.isNull() && !kind.holds(value)) {
            fields.wrong(path + member, "INVALID_VALUE", message);
        }
    }

    private static boolean isInterval(JsonNode node) {
        return node.isTextual() && FlushInterval.ofWord(node.textValue()).isPresent();
    }

    /// A whole number from 1 to `max`; `30.0` is one.
    private static Optional<Integer> whole(JsonNode node, int max) {
        if (!node.isNumber() || !moderate(node)) {
            return Optional.empty();
        }
        BigDecimal number = node.decimalValue();
        boolean fits = number.stripTrailingZeros().scale() <= 0
                && number.compareTo(BigDecimal.ONE) >= 0
                && number.compareTo(BigDecimal.valueOf(max)) <= 0;
        return fits ? Optional.of(number.intValueExact()) : Optional.empty();
    }
}
