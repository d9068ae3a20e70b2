package io.tollgate.control.stripe;

import com.stripe.StripeClient;
import com.stripe.exception.ApiConnectionException;
import com.stripe.exception.StripeException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;

/// Stripe's API as it is spoken to from here, with whatever account's key. Keys are in no text that this class makes.
public final class StripeApi {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /// Longer than Stripe takes for an answer by its own account; after it nobody knows what became of a request.
    public static final Duration READ_TIMEOUT = Duration.ofSeconds(20);

    /// Longest part of an error of Stripe that is shown, in characters.
    private static final int ERROR_LENGTH_MAX = 200;

    private final Optional<URI> base;
    private final Duration readTimeout;

    /// @param base where the API is; absent: Stripe's own
    public StripeApi(Optional<URI> base, Duration readTimeout) {
        this.base = base;
        this.readTimeout = readTimeout;
    }

    /// A client that makes each request once: whoever asks knows what may be asked again.
    public StripeClient client(String apiKey) {
        StripeClient.StripeClientBuilder builder = StripeClient.builder()
                .setApiKey(apiKey)
                .setConnectTimeout((int) CONNECT_TIMEOUT.toMillis())
                .setReadTimeout((int) readTimeout.toMillis())
                .setMaxNetworkRetries(0);
        base.ifPresent(address -> builder.setApiBase(address.toString()));
        return builder.build();
    }

    /// The status of Stripe's answer; 0 if there was none.
    public static int status(StripeException failure) {
        Integer status = failure.getStatusCode();
        return status == null ? 0 : status;
    }

    /// Whether the request cannot have reached Stripe.
    public static boolean neverLeft(StripeException failure) {
        if (!(failure instanceof ApiConnectionException)) {
            return false;
        }
        Throwable cause = failure.getCause();
        return cause instanceof ConnectException || cause instanceof UnknownHostException;
    }

    /// How long Stripe asks to wait, in the header `Retry-After`.
    public static Optional<Duration> retryAfter(StripeException failure) {
        if (failure.getStripeError() == null || failure.getStripeError().getLastResponse() == null) {
            return Optional.empty();
        }
        return failure.getStripeError()
                .getLastResponse()
                .headers()
                .firstValue("Retry-After")
                .filter(text -> text.matches("[0-9]{1,6}"))
                .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)));
    }

    /// What went wrong, in words that can be stored and shown.
    public static String reason(StripeException failure) {
        if (failure instanceof ApiConnectionException) {
            return "Stripe did not answer";
        }
        // Stripe quotes the end of a key that it does not know; nobody needs to read even that.
        if (status(failure) == 401) {
            return "Stripe answered 401: it does not know the key";
        }
        String told = failure.getStripeError() == null
                ? ""
                : Optional.ofNullable(failure.getStripeError().getMessage()).orElse("");
        return "Stripe answered " + status(failure)
                + (told.isEmpty() ? "" : ": " + told.substring(0, Math.min(told.length(), ERROR_LENGTH_MAX)));
    }
}
