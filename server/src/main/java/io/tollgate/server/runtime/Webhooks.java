package io.tollgate.server.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.billing.delivery.DeliverySender;
import io.tollgate.billing.delivery.http.PinnedHttp;
import io.tollgate.billing.delivery.kafka.AlertNotices;
import io.tollgate.billing.delivery.postgres.PostgresDeliveries;
import io.tollgate.billing.delivery.postgres.PostgresMessages;
import io.tollgate.billing.usage.kafka.UsageSink;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.control.webhook.EndpointUrl;
import io.tollgate.control.webhook.postgres.PostgresWebhookEndpoints;
import io.tollgate.server.config.Role;
import io.tollgate.server.config.Settings;
import io.tollgate.server.http.Readiness;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Composes outbound webhooks: their routes where control runs, what raises and sends them where billing does.
///
/// @param secretBox absent where no encryption key is set
record Webhooks(
        Settings settings,
        Readiness readiness,
        Optional<SecretBox> secretBox,
        MeterRegistry metrics,
        InstantSource clock,
        Closing closing,
        List<Object> beans) {
    private static final Duration STOP_MAX = Duration.ofSeconds(2);

    void start(Database database, String kafka, SchemaRegistry registry) {
        PostgresDeliveries deliveries = new PostgresDeliveries(database.jdbi(), secretBox, clock);
        if (settings.runs(Role.CONTROL)) {
            beans.add(deliveries);
            beans.add(new EndpointUrl(settings.outboundTargets(), host -> List.of(InetAddress.getAllByName(host))));
            secretBox.ifPresent(box -> beans.add(new PostgresWebhookEndpoints(database.jdbi(), box, clock)));
        }
        if (settings.runs(Role.BILLING)) {
            PinnedHttp outgoing = closing.add("webhook connections", new PinnedHttp(settings.outboundTargets()));
            DeliverySender sender = new DeliverySender(deliveries, outgoing, clock, new SecureRandom(), metrics);
            sender.start();
            closing.onClose("webhook sender", () -> sender.stop(STOP_MAX));
            UsageSink alerts = AlertNotices.sink(new PostgresMessages(database.jdbi()), kafka, registry, metrics);
            alerts.start();
            closing.onClose("alert consumer", () -> alerts.stop(STOP_MAX));
            readiness.watch("alerts", () -> DatabaseRoles.check(alerts.status()));
        }
    }
}
