package io.tollgate.ingest.http;

import io.tollgate.contract.SubjectId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.admission.Verdict;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.quota.admission.Denial;
import io.tollgate.quota.admission.QuotaWarning;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Denials and warnings as members of answers.
final class QuotaJson {
    private QuotaJson() {}

    /// The refusal of what is one thing to its caller.
    static Problem problem(Denial denial) {
        return Problem.of(ErrorCode.QUOTA_EXCEEDED, message(denial)).withDetails(details(denial));
    }

    /// The refusal of a whole request.
    static Problem problem(Verdict.Denied denied, boolean batch) {
        Denial first = denied.violations().getFirst().denial();
        if (!batch) {
            return problem(first);
        }
        List<Map<String, Object>> violations =
                new ArrayList<>(denied.violations().size());
        for (Verdict.Violation violation : denied.violations()) {
            Map<String, Object> error = new LinkedHashMap<>();
            error.put("error", ErrorCode.QUOTA_EXCEEDED.title());
            error.put("code", ErrorCode.QUOTA_EXCEEDED.name());
            error.put("details", camelCaseDetails(violation.denial()));
            Map<String, Object> entry =
                    named(violation.subject(), violation.denial().meter());
            entry.put("error", error);
            violations.add(entry);
        }
        String more = violations.size() == 1 ? "" : " (and " + (violations.size() - 1) + " more)";
        return Problem.of(ErrorCode.QUOTA_EXCEEDED, message(first) + more)
                .titled("Quota exceeded for one or more events")
                .with("violations", violations);
    }

    static String message(Denial denial) {
        return denial.meter() + ": " + Quantity.plain(denial.current()) + " of " + Quantity.plain(denial.limit())
                + " used, " + Quantity.plain(denial.requested()) + " more requested"
                + denial.resetsAt().map(end -> ", the window ends " + end).orElse("");
    }

    static Map<String, @Nullable Object> details(Denial denial) {
        Map<String, @Nullable Object> details = new LinkedHashMap<>();
        details.put("limit", plain(denial.limit()));
        details.put("current", plain(denial.current()));
        details.put("reset_at", text(denial.resetsAt()));
        details.put("requested", plain(denial.requested()));
        details.put("soft_limit", denial.softLimit().map(QuotaJson::plain).orElse(null));
        details.put("enforcement_mode", denial.mode().name());
        details.put("grace_period_end", text(denial.graceEnd()));
        details.put("decision_id", denial.decisionId());
        return details;
    }

    private static Map<String, @Nullable Object> camelCaseDetails(Denial denial) {
        Map<String, @Nullable Object> details = new LinkedHashMap<>();
        details.put("current", plain(denial.current()));
        details.put("limit", plain(denial.limit()));
        details.put("requested", plain(denial.requested()));
        details.put("softLimit", denial.softLimit().map(QuotaJson::plain).orElse(null));
        details.put("enforcementMode", denial.mode().name());
        details.put("resetAt", text(denial.resetsAt()));
        details.put("gracePeriodEnd", text(denial.graceEnd()));
        details.put("decisionId", denial.decisionId());
        return details;
    }

    static Map<String, @Nullable Object> warning(Verdict.Warning given) {
        QuotaWarning warning = given.warning();
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("code", warning.code().name());
        members.putAll(named(given.subject(), warning.meter()));
        members.put("current", plain(warning.current()));
        members.put("limit", plain(warning.limit()));
        members.put("soft_limit", warning.softLimit().map(QuotaJson::plain).orElse(null));
        members.put("reset_at", text(warning.resetsAt()));
        warning.graceEnd().ifPresent(end -> members.put("grace_period_end", end.toString()));
        return members;
    }

    private static Map<String, Object> named(SubjectId subject, String meter) {
        Map<String, Object> names = new LinkedHashMap<>();
        subject.tenantId().ifPresent(tenant -> names.put("tenant_id", tenant.value()));
        names.put("event_type", meter);
        return names;
    }

    /// Without trailing zeros and without an exponent.
    static BigDecimal plain(BigDecimal value) {
        BigDecimal stripped = value.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    private static @Nullable String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }
}
