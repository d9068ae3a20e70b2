package io.tollgate.server.http;

import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.util.LinkedHashMap;
import java.util.Map;

/// The one error body: `error`, `message`, `code`, `details`, and the members that a dialect puts beside them.
final class ProblemBody {
    private ProblemBody() {}

    static Map<String, Object> of(Problem problem, Dialect dialect) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("error", error(problem, dialect));
        body.put("message", message(problem, dialect));
        body.put("code", problem.code().name());
        if (dialect == Dialect.ANALYTICS) {
            body.put("statusCode", problem.code().status());
        }
        problem.details().ifPresent(details -> body.put("details", details));
        body.putAll(problem.extras());
        return body;
    }

    private static String error(Problem problem, Dialect dialect) {
        boolean untitled = problem.error().equals(problem.code().title());
        if (!untitled) {
            return problem.error();
        }
        return switch (dialect) {
            case BUSINESS ->
                problem.code().status() == 400 && problem.code() != ErrorCode.INVALID_SCOPE
                        ? "Bad Request"
                        : problem.code().title();
            case EVENTS, ANALYTICS ->
                problem.code() == ErrorCode.UNAUTHENTICATED || problem.code() == ErrorCode.INSUFFICIENT_PERMISSION
                        ? problem.message()
                        : problem.error();
        };
    }

    private static String message(Problem problem, Dialect dialect) {
        if (problem.code() != ErrorCode.UNAUTHENTICATED) {
            return problem.message();
        }
        return switch (dialect) {
            // Nobody is told what exactly is wrong with a key.
            case BUSINESS -> "Invalid API key";
            case EVENTS -> problem.message();
            case ANALYTICS -> "Not authenticated";
        };
    }
}
