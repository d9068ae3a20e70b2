package io.tollgate.ingest.http;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpParameters;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.FieldFault;
import java.util.List;
import java.util.Locale;

/// What a request asks for beside its body.
final class RequestOptions {
    static final String IDEMPOTENCY_KEY = "Idempotency-Key";
    static final String PREFERENCE_APPLIED = "Preference-Applied";

    /// The preference (RFC 7240) that invalid events fail alone.
    static final String LENIENT = "handling=lenient";

    /// The preference that the answer carries a receipt.
    static final String RECEIPT = "return=receipt";

    private static final String PREFER = "Prefer";
    private static final String LINES = "application/x-ndjson";

    private RequestOptions() {}

    /// Whether the body holds an event per line.
    static boolean lines(HttpHeaders headers) {
        String type = headers.get(HttpHeaders.CONTENT_TYPE);
        if (type == null) {
            return false;
        }
        int parameters = type.indexOf(';');
        return (parameters < 0 ? type : type.substring(0, parameters)).strip().equalsIgnoreCase(LINES);
    }

    static boolean lenient(HttpHeaders headers) {
        return prefers(headers, LENIENT);
    }

    /// Whether the caller wants a receipt.
    static boolean receipt(HttpHeaders headers, HttpParameters query) {
        return flag(query, "receipt") || prefers(headers, RECEIPT);
    }

    /// Whether the query asks that invalid events fail alone.
    static boolean partial(HttpParameters query) {
        return flag(query, "partial");
    }

    static boolean prefers(HttpHeaders headers, String wanted) {
        for (String line : headers.getAll(PREFER)) {
            for (String preference : line.split("[,;]", -1)) {
                if (preference.replace(" ", "").toLowerCase(Locale.ROOT).equals(wanted)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean flag(HttpParameters query, String name) {
        String value = query.get(name);
        return switch (value == null ? "false" : value) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw Problem.invalid(
                        ErrorCode.VALIDATION_FAILED,
                        List.of(new Problem.FieldError(name, FieldFault.INVALID_TYPE.name(), "must be true or false")));
        };
    }
}
