package io.tollgate.billing.invoice.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.billing.delivery.WebhookMessage;
import io.tollgate.billing.delivery.postgres.PostgresMessages;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceMail;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.mail.Mail;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.webhook.WebhookType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// Tells of changes of invoices, in the transaction of the change: the audit trail, webhook endpoints and the tenant.
final class InvoiceNotices {
    /// Longer than a mail server is ever down.
    private static final Duration MAIL_OF_USE = Duration.ofDays(7);

    /// Absent where no mail can be queued, for want of an encryption key.
    private final Optional<SecretBox> secretBox;

    InvoiceNotices(Optional<SecretBox> secretBox) {
        this.secretBox = secretBox;
    }

    /// @param action word of the audit trail, such as `finalize_invoice`
    void changed(Handle handle, Invoice invoice, String action, Optional<WebhookType> type, Actor actor, Instant now) {
        String id = invoice.id().orElseThrow();
        ObjectNode details = JsonNodeFactory.instance
                .objectNode()
                .put("invoice_number", invoice.number().orElseThrow())
                .put("status", invoice.status().orElseThrow().name())
                .put("total", invoice.amounts().total().toPlainString());
        audit(handle, invoice, action, "invoice", id, details, actor, now);
        type.ifPresent(told -> PostgresMessages.raise(
                handle,
                new WebhookMessage(
                        invoice.organizationId(),
                        Optional.of(invoice.tenantId()),
                        told,
                        id,
                        details.deepCopy()
                                .put("invoice_id", id)
                                .put("tenant_id", invoice.tenantId().value())
                                .put("currency", invoice.amounts().currency().getCurrencyCode())
                                .put("amount_due", invoice.amountDue().toPlainString())
                                .put("period_start", invoice.period().start().toString())
                                .put("period_end", invoice.period().end().toString())
                                .toString(),
                        now,
                        List.of())));
    }

    void audit(
            Handle handle,
            Invoice invoice,
            String action,
            String resourceType,
            String resourceId,
            ObjectNode details,
            Actor actor,
            Instant now) {
        handle.createQuery("""
                        SELECT record_change(:id, :organizationId, :actor, :action, :resourceType, :resourceId,
                                             CAST(:details AS jsonb), :requestId, :now)
                        """)
                .bind("id", UUID.randomUUID())
                .bind("organizationId", invoice.organizationId().value())
                .bind("actor", actor.id())
                .bind("action", action)
                .bind("resourceType", resourceType)
                .bind("resourceId", resourceId)
                .bind("details", details.toString())
                .bind("requestId", actor.requestId().orElse(null))
                .bind("now", CoveredEvents.utc(now))
                .mapTo(String.class)
                .one();
    }

    /// Queues a mail to the tenant, if it has an address.
    void mail(Handle handle, Invoice invoice, Instant now) {
        if (secretBox.isEmpty()) {
            return;
        }
        invoice.parties().tenantEmail().ifPresent(address -> {
            UUID id = UUID.randomUUID();
            Mail mail = InvoiceMail.of(invoice, address);
            handle.createQuery("SELECT queue_mail(:id, :sealed, :now, :expiresAt)")
                    .bind("id", id)
                    .bind("sealed", mail.seal(secretBox.get(), id))
                    .bind("now", CoveredEvents.utc(now))
                    .bind("expiresAt", CoveredEvents.utc(now.plus(MAIL_OF_USE)))
                    .mapTo(String.class)
                    .one();
        });
    }
}
