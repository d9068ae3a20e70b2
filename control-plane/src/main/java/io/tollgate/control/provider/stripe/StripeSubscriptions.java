package io.tollgate.control.provider.stripe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.stripe.StripeClient;
import com.stripe.exception.ApiConnectionException;
import com.stripe.exception.ApiException;
import com.stripe.exception.RateLimitException;
import com.stripe.exception.StripeException;
import com.stripe.model.StripeCollection;
import com.stripe.model.Subscription;
import com.stripe.param.SubscriptionListParams;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import io.tollgate.control.provider.ProviderSubscriptions;
import io.tollgate.control.stripe.StripeApi;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The operator's subscriptions, asked of Stripe's API.
public final class StripeSubscriptions implements ProviderSubscriptions {
    /// The most that Stripe gives at a time.
    private static final long PAGE = 100;

    /// Stripe counts requests by the second, so a pause of seconds is enough.
    private static final int RETRIES = 4;

    private static final JsonMapper JSON = new JsonMapper();

    private final StripeClient stripe;
    private final RetryPolicy<Object> patience;

    /// @param base where the API is; absent: Stripe's own
    /// @param pause before the first repetition; doubles with each
    public StripeSubscriptions(String apiKey, Optional<URI> base, Duration pause) {
        this.stripe = new StripeApi(base, StripeApi.READ_TIMEOUT).client(apiKey);
        this.patience = RetryPolicy.builder()
                .handleIf(StripeSubscriptions::passes)
                .withBackoff(pause, pause.multipliedBy(8))
                .withJitter(0.2)
                .withMaxRetries(RETRIES)
                .build();
    }

    private static boolean passes(Throwable failure) {
        return failure instanceof RateLimitException
                || failure instanceof ApiConnectionException
                || failure instanceof ApiException fault && fault.getStatusCode() >= 500;
    }

    @Override
    public Page page(Optional<String> after) throws UnavailableException {
        SubscriptionListParams.Builder wanted =
                SubscriptionListParams.builder().setLimit(PAGE).setStatus(SubscriptionListParams.Status.ALL);
        after.ifPresent(wanted::setStartingAfter);
        SubscriptionListParams params = wanted.build();
        StripeCollection<Subscription> answer;
        try {
            answer = Failsafe.with(patience)
                    .get(() -> stripe.v1().subscriptions().list(params));
        } catch (FailsafeException e) {
            if (e.getCause() instanceof StripeException refusal) {
                throw new UnavailableException("Stripe answered " + refusal.getStatusCode(), refusal);
            }
            throw e;
        }
        List<Known> known = new ArrayList<>();
        String last = "";
        for (Subscription subscription : answer.getData()) {
            last = subscription.getId();
            known.add(known(subscription));
        }
        boolean more = Boolean.TRUE.equals(answer.getHasMore()) && !last.isEmpty();
        return new Page(known, more ? Optional.of(last) : Optional.empty());
    }

    // As JSON, so that what the API answers is read by the same rules as what events bring.
    private static Known known(Subscription subscription) {
        JsonNode object;
        try {
            object = JSON.readTree(subscription.toJson());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Stripe's library writes JSON that is none", e);
        }
        Long created = subscription.getCreated();
        return new Known(
                subscription.getId(),
                String.valueOf(subscription.getCustomer()),
                created == null ? Instant.EPOCH : Instant.ofEpochSecond(created),
                StripeFacts.subscribed(subscription.getId(), object));
    }
}
