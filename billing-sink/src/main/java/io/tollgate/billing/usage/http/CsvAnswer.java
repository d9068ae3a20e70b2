package io.tollgate.billing.usage.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import java.util.Optional;

/// Answers as a table for those who ask for one.
public final class CsvAnswer {
    /// Stands for `next_cursor`, which a table has no place for.
    static final String NEXT_CURSOR = "Tollgate-Next-Cursor";

    private static final MediaType CSV = MediaType.of("text/csv; charset=utf-8");

    private CsvAnswer() {}

    /// Whether the caller rather takes a table than JSON.
    public static boolean wanted(HttpRequest<?> request) {
        return request.getHeaders().accept().stream()
                .filter(type -> isCsv(type) || type.matches(MediaType.APPLICATION_JSON_TYPE))
                .findFirst()
                .filter(CsvAnswer::isCsv)
                .isPresent();
    }

    private static boolean isCsv(MediaType type) {
        return type.getType().equals("text") && type.getSubtype().equals("csv");
    }

    static MutableHttpResponse<byte[]> of(CsvTable table, Optional<String> next) {
        MutableHttpResponse<byte[]> answer = HttpResponse.ok(table.toBytes()).contentType(CSV);
        next.ifPresent(cursor -> answer.header(NEXT_CURSOR, cursor));
        return answer;
    }

    /// With the name under which a browser saves it.
    ///
    /// @param name of letters, digits and signs that need no quoting
    public static MutableHttpResponse<byte[]> file(CsvTable table, String name) {
        return of(table, Optional.empty()).header("Content-Disposition", "attachment; filename=\"" + name + "\"");
    }
}
