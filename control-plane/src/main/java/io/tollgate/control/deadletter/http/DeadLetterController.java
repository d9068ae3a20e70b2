package io.tollgate.control.deadletter.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.deadletter.DeadLetter;
import io.tollgate.contract.deadletter.DeadLetterShelf;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.problem.Problem.FieldError;
import io.tollgate.http.Answers;
import io.tollgate.http.ListParameters;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Dead letters of every kind, under `/admin/v1/dead-letters`. A kind is there when its shelf is.
@Controller("/admin/v1/dead-letters")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class DeadLetterController {
    private static final int LIMIT = 50;
    private static final int LIMIT_MAX = 500;
    private static final Comparator<DeadLetter> NEWEST_FIRST = Comparator.comparing(DeadLetter::createdAt)
            .thenComparing(DeadLetter::id)
            .reversed();

    private final List<DeadLetterShelf> shelves;

    public DeadLetterController(List<DeadLetterShelf> shelves) {
        this.shelves = List.copyOf(shelves);
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        Authority.operator(Answers.principal(request));
        int limit = ListParameters.limit(request, LIMIT, LIMIT_MAX);
        Optional<TimeCursor> after = ListParameters.cursor(request);
        List<DeadLetter> found = shelves(request)
                .flatMap(shelf -> shelf.list(limit + 1, after).stream())
                .sorted(NEWEST_FIRST)
                .limit(limit + 1L)
                .toList();
        List<DeadLetter> shown = found.subList(0, Math.min(found.size(), limit));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("dead_letters");
        shown.forEach(letter -> list.add(toJson(letter)));
        body.put("next_cursor", found.size() > limit ? cursorAfter(shown.getLast()) : null);
        return Answers.json(HttpStatus.OK, body);
    }

    @Post("/{id}/retry")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> retry(HttpRequest<?> request, String id) {
        return handle(request, id, DeadLetterShelf::retry, "retried");
    }

    @Post("/{id}/discard")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> discard(HttpRequest<?> request, String id) {
        return handle(request, id, DeadLetterShelf::discard, "discarded");
    }

    private HttpResponse<byte[]> handle(
            HttpRequest<?> request, String id, BiPredicate<DeadLetterShelf, String> act, String done) {
        Authority.operator(Answers.principal(request));
        // Ids of different kinds never look alike, so at most one shelf has it.
        if (shelves.stream().noneMatch(shelf -> act.test(shelf, id))) {
            throw Problem.of(ErrorCode.NOT_FOUND, "There is no such dead letter.");
        }
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance.objectNode().put("id", id).put("status", done));
    }

    private Stream<DeadLetterShelf> shelves(HttpRequest<?> request) {
        Optional<String> kind = ListParameters.text(request, "kind");
        if (kind.isPresent() && shelves.stream().noneMatch(shelf -> shelf.kind().equals(kind.get()))) {
            throw Problem.invalid(
                    ErrorCode.VALIDATION_FAILED,
                    List.of(new FieldError(
                            "kind",
                            "INVALID_VALUE",
                            "must be one of "
                                    + shelves.stream()
                                            .map(DeadLetterShelf::kind)
                                            .distinct()
                                            .sorted()
                                            .collect(Collectors.joining(", ")))));
        }
        return shelves.stream().filter(shelf -> kind.isEmpty() || shelf.kind().equals(kind.get()));
    }

    private static String cursorAfter(DeadLetter letter) {
        return new TimeCursor(letter.createdAt(), letter.id()).toText();
    }

    private static ObjectNode toJson(DeadLetter letter) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("kind", letter.kind())
                .put("id", letter.id())
                .put(
                        "business_id",
                        letter.organizationId().map(OrganizationId::value).orElse(null))
                .put("type", letter.type())
                .put("attempts", letter.attempts())
                .put("error", letter.error())
                .put("created_at", letter.createdAt().toString());
    }
}
