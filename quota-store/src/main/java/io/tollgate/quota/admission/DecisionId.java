package io.tollgate.quota.admission;

import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.Span;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The id of a denial, which is its explanation: `dec_` and, in base64url, which quota in which version met which value
/// in which
/// window, where and when. So it can be read years later, when no memory of the decision is left anywhere.
public final class DecisionId {
    private static final String PREFIX = "dec_";
    private static final List<String> FIELDS = List.of(
            "quota_id",
            "quota_version",
            "limit",
            "used",
            "requested",
            "window_start",
            "window_end",
            "decided_at",
            "ledger_epoch",
            "partition");
    /// Longest id that is read.
    private static final int LENGTH_MAX = 600;

    private DecisionId() {}

    public static String of(
            Quota quota,
            Span span,
            BigDecimal used,
            BigDecimal requested,
            Instant decidedAt,
            String epoch,
            int partition) {
        String text = String.join(
                "|",
                quota.id(),
                Long.toString(quota.version()),
                Quantity.plain(quota.ceiling().orElse(quota.limit())),
                Quantity.plain(used),
                Quantity.plain(requested),
                span.start().toString(),
                span.resetsAt().map(Instant::toString).orElse(""),
                decidedAt.toString(),
                epoch,
                Integer.toString(partition));
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /// What the id says, by field name.
    ///
    /// @throws IllegalArgumentException if it is not the id of a decision
    public static Map<String, String> explain(String id) {
        if (!id.startsWith(PREFIX) || id.length() > LENGTH_MAX) {
            throw new IllegalArgumentException("a decision id begins with " + PREFIX);
        }
        String text = new String(Base64.getUrlDecoder().decode(id.substring(PREFIX.length())), StandardCharsets.UTF_8);
        List<String> values = new ArrayList<>(List.of(text.split("\\|", -1)));
        if (values.size() != FIELDS.size()) {
            throw new IllegalArgumentException("the decision id is cut off or changed");
        }
        Map<String, String> explained = new LinkedHashMap<>();
        for (int i = 0; i < FIELDS.size(); i++) {
            explained.put(FIELDS.get(i), values.get(i));
        }
        return explained;
    }
}
