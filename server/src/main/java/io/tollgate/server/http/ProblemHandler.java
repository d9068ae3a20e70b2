package io.tollgate.server.http;

import io.micronaut.context.annotation.Replaces;
import io.micronaut.core.convert.exceptions.ConversionErrorException;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.exceptions.ContentLengthExceededException;
import io.micronaut.http.exceptions.HttpStatusException;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import io.micronaut.http.server.exceptions.response.HateoasErrorResponseProcessor;
import io.micronaut.web.router.exceptions.UnsatisfiedRouteException;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.server.config.Role;
import io.tollgate.server.config.Settings;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one place that turns what went wrong into an answer. Faults of ours are logged with the request's id and
/// answered
/// without detail.
@Singleton
@Replaces(HateoasErrorResponseProcessor.class)
final class ProblemHandler
        implements ExceptionHandler<Throwable, HttpResponse<?>>, ErrorResponseProcessor<Map<String, Object>>, Ordered {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemHandler.class);
    private static final int STORE_RETRY_SECONDS = 5;
    /// SQLSTATE classes that say the database cannot be used now: connection, resources, shutdown.
    private static final String[] UNAVAILABLE_CLASSES = {"08", "53", "57"};

    private final HttpMetrics metrics;
    private final Settings settings;

    ProblemHandler(HttpMetrics metrics, Settings settings) {
        this.metrics = metrics;
        this.settings = settings;
    }

    @Override
    public HttpResponse<?> handle(@SuppressWarnings("rawtypes") HttpRequest request, Throwable failure) {
        Problem problem = problemOf(failure, request.getPath());
        if (problem.code() == ErrorCode.INTERNAL) {
            LOG.error("request {} failed", RequestIdFilter.idOf(request), failure);
            problem = problem.withDetails(Map.of("request_id", RequestIdFilter.idOf(request)));
        }
        return answer(request, problem);
    }

    @Override
    public MutableHttpResponse<Map<String, Object>> processResponse(
            ErrorContext context, MutableHttpResponse<?> response) {
        HttpRequest<?> request = context.getRequest();
        MutableHttpResponse<Map<String, Object>> answer =
                answer(request, problemOf(HttpStatus.valueOf(response.code()), request));
        response.getHeaders().forEach((name, values) -> values.forEach(value -> answer.header(name, value)));
        return answer.contentType(MediaType.APPLICATION_JSON_TYPE);
    }

    private MutableHttpResponse<Map<String, Object>> answer(HttpRequest<?> request, Problem problem) {
        metrics.problem(problem.code());
        MutableHttpResponse<Map<String, Object>> response = HttpResponse.<Map<String, Object>>status(
                        problem.code().status(), problem.code().name())
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .body(ProblemBody.of(problem, Dialect.ofPath(request.getPath())));
        if (problem.retryAfterSeconds() > 0) {
            response.header("Retry-After", Integer.toString(problem.retryAfterSeconds()));
        }
        return response;
    }

    private static Problem problemOf(Throwable failure, String path) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case Problem problem -> {
                    return problem;
                }
                case SQLException sql -> {
                    if (unavailable(sql)) {
                        return storeUnavailable();
                    }
                }
                case AssertionError driver -> {
                    // pgjdbc asserts instead of throwing when a connection dies under a statement.
                    if (ofDriver(driver)) {
                        return storeUnavailable();
                    }
                }
                case ContentLengthExceededException tooLarge -> {
                    return BodyLimit.tooLarge(path);
                }
                case UnsatisfiedRouteException missing -> {
                    return Problem.of(
                            ErrorCode.VALIDATION_FAILED,
                            "Required: " + missing.getArgument().getName());
                }
                case ConversionErrorException unreadable -> {
                    return Problem.of(
                            ErrorCode.VALIDATION_FAILED,
                            unreadable.getArgument().getName() + " cannot be read");
                }
                case HttpStatusException status -> {
                    return Problem.of(codeOf(status.getStatus()), String.valueOf(status.getMessage()));
                }
                default -> {}
            }
        }
        return Problem.of(ErrorCode.INTERNAL, "Something went wrong on our side; the request id finds it in the log.");
    }

    private Problem problemOf(HttpStatus status, HttpRequest<?> request) {
        String route = request.getMethodName() + " " + request.getPath();
        if (status == HttpStatus.NOT_FOUND || status == HttpStatus.METHOD_NOT_ALLOWED) {
            Optional<Role> role = RouteRoles.roleOf(request.getMethodName(), request.getPath());
            if (role.isPresent() && !settings.runs(role.get())) {
                return Problem.of(
                                ErrorCode.ROLE_NOT_SERVED,
                                "This instance does not carry the role "
                                        + role.get().word() + ", which serves " + route + ".")
                        .withDetails(Map.of("role", role.get().word()));
            }
        }
        return switch (status) {
            case NOT_FOUND -> Problem.of(ErrorCode.NOT_FOUND, "There is no route " + route + "; /docs lists them.");
            case METHOD_NOT_ALLOWED ->
                Problem.of(ErrorCode.METHOD_NOT_ALLOWED, "The route exists with another method than " + route + ".");
            case REQUEST_ENTITY_TOO_LARGE -> BodyLimit.tooLarge(request.getPath());
            case UNSUPPORTED_MEDIA_TYPE -> Problem.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send application/json.");
            case BAD_REQUEST -> Problem.of(ErrorCode.VALIDATION_FAILED, "The request cannot be read.");
            default -> Problem.of(codeOf(status), status.getReason());
        };
    }

    private static ErrorCode codeOf(HttpStatus status) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.status() == status.getCode()) {
                return code;
            }
        }
        return status.getCode() < 500 ? ErrorCode.VALIDATION_FAILED : ErrorCode.INTERNAL;
    }

    private static Problem storeUnavailable() {
        return Problem.of(ErrorCode.STORE_UNAVAILABLE, "PostgreSQL cannot be reached now; try again.")
                .retryAfter(STORE_RETRY_SECONDS);
    }

    private static boolean ofDriver(AssertionError error) {
        StackTraceElement[] trace = error.getStackTrace();
        return trace.length > 0 && trace[0].getClassName().startsWith("org.postgresql.");
    }

    private static boolean unavailable(SQLException sql) {
        String state = sql.getSQLState();
        if (state == null) {
            // HikariCP's own time-out while it waits for a connection carries none.
            return sql instanceof java.sql.SQLTransientConnectionException;
        }
        for (String unavailable : UNAVAILABLE_CLASSES) {
            if (state.startsWith(unavailable)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }
}
