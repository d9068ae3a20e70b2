package io.tollgate.billing.delivery.postgres;

import io.tollgate.billing.delivery.AlertNotice;
import io.tollgate.billing.delivery.Messages;
import io.tollgate.billing.delivery.Notices;
import io.tollgate.billing.delivery.ScaleCrossing;
import io.tollgate.billing.delivery.WebhookMessage;
import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.WriteOutcome;
import io.tollgate.billing.usage.postgres.PostgresSinkOffsets;
import io.tollgate.contract.TenantId;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// Raises messages by the functions of the database, which other modules call by themselves.
public final class PostgresMessages implements Messages, Notices {
    private final Jdbi jdbi;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresMessages(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public void raise(WebhookMessage message) {
        jdbi.useTransaction(handle -> raise(handle, message));
    }

    /// As [#raise(WebhookMessage)], in the transaction of `handle`. Answers how many deliveries were made.
    public static long raise(Handle handle, WebhookMessage message) {
        long stored = handle.createQuery("""
                        SELECT raise_webhook_message(:organization, :tenant, :type, :cause, CAST(:data AS jsonb), :raisedAt)
                        """)
                .bind("organization", message.organizationId().value())
                .bind("tenant", message.tenantId().map(TenantId::value).orElse(null))
                .bind("type", message.type().word())
                .bind("cause", message.cause())
                .bind("data", message.data())
                .bind("raisedAt", message.raisedAt().atOffset(ZoneOffset.UTC))
                .mapTo(long.class)
                .one();
        return message.urls().isEmpty() ? stored : stored + raiseAtUrls(handle, message);
    }

    private static long raiseAtUrls(Handle handle, WebhookMessage message) {
        return handle.createQuery("""
                        SELECT raise_webhook_message_at_urls(
                            :organization, :tenant, :type, :cause, CAST(:data AS jsonb), :urls, :raisedAt)
                        """)
                .bind("organization", message.organizationId().value())
                .bind("tenant", message.tenantId().map(TenantId::value).orElse(null))
                .bind("type", message.type().word())
                .bind("cause", message.cause())
                .bind("data", message.data())
                .bindArray("urls", String.class, message.urls())
                .bind("raisedAt", message.raisedAt().atOffset(ZoneOffset.UTC))
                .mapTo(long.class)
                .one();
    }

    @Override
    public WriteOutcome raise(List<AlertNotice> notices, List<Advance> steps) {
        return jdbi.inTransaction(handle -> {
            if (!PostgresSinkOffsets.move(handle.getConnection(), steps)) {
                handle.rollback();
                return new WriteOutcome.Overtaken();
            }
            for (AlertNotice notice : notices) {
                notice.messages().forEach(message -> raise(handle, message));
                notice.crossing().ifPresent(crossing -> note(handle, crossing));
            }
            return new WriteOutcome.Stored(0);
        });
    }

    private static void note(Handle handle, ScaleCrossing crossing) {
        handle.createQuery("SELECT note_scale_crossing(:organization, :tenant, :meter, :cause, :crossedAt)")
                .bind("organization", crossing.organizationId().value())
                .bind("tenant", crossing.tenantId().value())
                .bind("meter", crossing.meter())
                .bind("cause", crossing.cause())
                .bind("crossedAt", crossing.crossedAt().atOffset(ZoneOffset.UTC))
                .mapTo(String.class)
                .list();
    }

    @Override
    public SortedMap<Integer, Long> positions(String topic, Collection<Integer> partitions) {
        return jdbi.inTransaction(handle -> PostgresSinkOffsets.positions(handle.getConnection(), topic, partitions));
    }

    @Override
    public WriteOutcome advance(List<Advance> steps) {
        return raise(List.of(), steps);
    }
}
