package io.tollgate.contract.problem;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An answer other than success, raised at an HTTP edge and written by the one error handler. The core never throws it:
/// it
/// returns outcomes.
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// One thing that is wrong with a request: where (`events[3].quantity`), a stable word, and a sentence that says
    /// what to
    /// change.
    public record FieldError(String path, String code, String message) {}

    private final ErrorCode code;
    private final String error;
    private final transient Optional<Object> details;
    private final transient Map<String, Object> extras;
    private final int retryAfterSeconds;

    private Problem(
            ErrorCode code,
            String error,
            String message,
            Optional<Object> details,
            Map<String, Object> extras,
            int retryAfterSeconds) {
        super(message, null, false, false);
        this.code = code;
        this.error = error;
        this.details = details;
        this.extras = extras;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    public static Problem of(ErrorCode code, String message) {
        return new Problem(code, code.title(), message, Optional.empty(), Map.of(), 0);
    }

    /// Several things wrong with one request; the message names the first.
    public static Problem invalid(ErrorCode code, List<FieldError> errors) {
        FieldError first = errors.getFirst();
        String more = errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more)";
        return new Problem(
                code,
                code.title(),
                first.path() + ": " + first.message() + more,
                Optional.of(List.copyOf(errors)),
                Map.of(),
                0);
    }

    /// With another title in `error`, as a dialect publishes it.
    public Problem titled(String title) {
        return new Problem(code, title, message(), details, extras, retryAfterSeconds);
    }

    public Problem withDetails(Object value) {
        return new Problem(code, error, message(), Optional.of(value), extras, retryAfterSeconds);
    }

    /// With a member that stands beside `error`, as `max_bytes` does.
    public Problem with(String member, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(extras);
        more.put(member, value);
        return new Problem(code, error, message(), details, more, retryAfterSeconds);
    }

    /// With a `Retry-After` header.
    public Problem retryAfter(int seconds) {
        return new Problem(code, error, message(), details, extras, seconds);
    }

    public ErrorCode code() {
        return code;
    }

    public String error() {
        return error;
    }

    public String message() {
        String message = getMessage();
        return message == null ? error : message;
    }

    public Optional<Object> details() {
        return details;
    }

    public Map<String, Object> extras() {
        return extras;
    }

    /// Seconds for the `Retry-After` header; 0: no such header.
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
