package io.tollgate.billing.delivery;

import java.util.List;
import java.util.Optional;

/// What is to be done about one alert of the log.
///
/// @param messages for whoever asked to be told; often none
public record AlertNotice(List<WebhookMessage> messages, Optional<ScaleCrossing> crossing) {
    public AlertNotice {
        messages = List.copyOf(messages);
    }
}
