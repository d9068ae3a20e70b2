package io.tollgate.ingest.http;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.MediaType;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/// The bytes of a body: how many are let in, and what they are once decompressed.
final class EventBody {
    /// Largest body, before and after decompression: a thousand events of 8 KB.
    static final int BYTES_MAX = 8_000_000;

    /// DEFLATE makes at most 1,032 bytes from one (a stored run of the longest match).
    private static final int INFLATION_MAX = 1_032;

    private static final int GZIP_BUFFER_BYTES = 16_384;

    private EventBody() {}

    /// Largest body of a metric update and of a step with a reservation, as of every route but few.
    static final int UPDATE_BYTES_MAX = 1_000_000;

    private static final int MEGABYTE = 1_000_000;

    /// Refuses a body of more than [#BYTES_MAX].
    static void checkSize(long bytes) {
        checkSize(bytes, BYTES_MAX);
    }

    static void checkSize(long bytes, int bytesMax) {
        if (bytes > bytesMax) {
            throw Problem.of(
                            ErrorCode.BODY_TOO_LARGE,
                            "Request body exceeds maximum size of " + bytesMax / MEGABYTE + "MB")
                    .with("max_bytes", bytesMax);
        }
    }

    /// Refuses what is not a body of at most `bytesMax` of plain JSON, as of routes that take nothing else. An empty
    /// body needs no type.
    static void checkJson(HttpHeaders headers, byte[] received, int bytesMax) {
        checkSize(received.length, bytesMax);
        if (gzip(headers)) {
            throw Problem.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "This route takes no Content-Encoding.");
        }
        String type = headers.get(HttpHeaders.CONTENT_TYPE);
        String essence = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (received.length > 0 && !essence.equals(MediaType.APPLICATION_JSON) && !essence.endsWith("+json")) {
            throw Problem.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send application/json.");
        }
    }

    /// The memory that a body may come to fill, decompressed form included.
    ///
    /// @param contentLength announced length, negative if none was
    static long bytesExpected(long contentLength, boolean gzip) {
        long received = contentLength < 0 ? BYTES_MAX : contentLength;
        return gzip ? received + Math.min(BYTES_MAX, received * INFLATION_MAX) : received;
    }

    /// Whether the body is compressed with gzip; other encodings than that and none are refused.
    static boolean gzip(HttpHeaders headers) {
        String encoding = headers.get(HttpHeaders.CONTENT_ENCODING);
        return switch (encoding == null ? "identity" : encoding.strip().toLowerCase(Locale.ROOT)) {
            case "identity", "" -> false;
            case "gzip", "x-gzip" -> true;
            default ->
                throw Problem.of(
                        ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding must be gzip, or there must be none.");
        };
    }

    /// Decompresses, reading no further than the limit.
    static byte[] gunzip(byte[] compressed) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed), GZIP_BUFFER_BYTES)) {
            byte[] plain = in.readNBytes(BYTES_MAX + 1);
            checkSize(plain.length);
            return plain;
        } catch (IOException e) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, "The body is not in gzip format, or is cut off.");
        }
    }
}
