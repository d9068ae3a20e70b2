package io.tollgate.control.edition.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.control.edition.Edition;
import io.tollgate.control.edition.EditionCost;
import io.tollgate.control.edition.EditionShop;
import io.tollgate.control.edition.EditionSubscription;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// Editions as answers write them. Money is cents.
final class EditionView {
    private EditionView() {}

    static ObjectNode edition(Edition edition) {
        ObjectNode view = JsonNodeFactory.instance
                .objectNode()
                .put("id", edition.id())
                .put("name", edition.name())
                .put("description", edition.description())
                .put("base_price", edition.basePrice())
                .put("included_events", edition.includedEvents())
                .put("overage_rate", plain(edition.overageRate()));
        ArrayNode features = view.putArray("features");
        edition.features().forEach(features::add);
        return view.put("is_active", edition.active());
    }

    static ObjectNode subscription(EditionSubscription subscription) {
        ObjectNode view = JsonNodeFactory.instance
                .objectNode()
                .put("id", subscription.providerId())
                .put("plan_id", subscription.edition().id())
                .put("status", subscription.status().toUpperCase(Locale.ROOT))
                .put("current_period_start", text(subscription.periodStart()))
                .put("current_period_end", text(subscription.periodEnd()))
                .put("cancel_at_period_end", subscription.cancelAtPeriodEnd())
                .put("created_at", subscription.createdAt().toString());
        view.set("plan", edition(subscription.edition()));
        return view;
    }

    static ObjectNode usage(Instant start, Instant end, Optional<Edition> edition, SortedMap<String, Long> events) {
        long total = events.values().stream().mapToLong(Long::longValue).sum();
        EditionCost cost =
                edition.map(one -> EditionCost.of(one, total)).orElseGet(() -> EditionCost.withoutEdition(total));
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.putObject("current_period").put("start", start.toString()).put("end", end.toString());
        view.putObject("usage")
                .put("total", cost.total())
                .put("included", cost.included())
                .put("overage", cost.overage())
                .put("percent_used", plain(cost.percentUsed()));
        view.putObject("cost")
                .put("base", cost.base())
                .put("overage", cost.overageCost())
                .put("estimated", cost.estimated());
        ArrayNode byType = view.putArray("by_event_type");
        events.forEach(
                (meter, count) -> byType.addObject().put("event_type", meter).put("count", count));
        return view;
    }

    static ObjectNode invoice(EditionShop.PastInvoice invoice) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", invoice.id())
                .put("number", invoice.number().orElse(null))
                .put("amount", invoice.amount())
                .put("status", invoice.status().orElse(null))
                .put("created", invoice.created().toString())
                .put("hosted_invoice_url", invoice.hostedUrl().orElse(null))
                .put("pdf_url", invoice.pdfUrl().orElse(null));
    }

    static ObjectNode upcoming(EditionShop.Upcoming upcoming) {
        ObjectNode view = JsonNodeFactory.instance
                .objectNode()
                .put("amount", upcoming.amount())
                .put("period_start", upcoming.periodStart().toString())
                .put("period_end", upcoming.periodEnd().toString());
        ArrayNode lines = view.putArray("lines");
        upcoming.lines()
                .forEach(line -> lines.addObject()
                        .put("description", line.description().orElse(null))
                        .put("amount", line.amount()));
        return view;
    }

    private static BigDecimal plain(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    private static @Nullable String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }
}
