package io.tollgate.control.edition.stripe;

import com.stripe.StripeClient;
import com.stripe.exception.StripeException;
import com.stripe.model.Invoice;
import com.stripe.param.InvoiceCreatePreviewParams;
import com.stripe.param.InvoiceListParams;
import com.stripe.param.checkout.SessionCreateParams;
import io.tollgate.control.edition.EditionShop;
import io.tollgate.control.edition.Editions;
import io.tollgate.control.stripe.StripeApi;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The operator's account at Stripe as a shop.
public final class StripeShop implements EditionShop {
    private static final String BILLING = "/dashboard/billing";

    /// Longest name that Stripe keeps in metadata, in characters.
    private static final int NAME_LENGTH_MAX = 200;

    /// More lines than an invoice of one subscription has.
    private static final int LINES_MAX = 100;

    private final StripeClient stripe;
    private final String app;

    /// @param appUrl where people are sent back to
    public StripeShop(StripeApi api, String apiKey, URI appUrl) {
        this.stripe = api.client(apiKey);
        this.app = appUrl.toString();
    }

    @Override
    public String checkout(Editions.Buyer buyer, String price, Optional<String> email, Optional<String> name)
            throws UnavailableException {
        String organization = buyer.id().value();
        String shownName = name.orElse(buyer.name());
        SessionCreateParams.Builder session = SessionCreateParams.builder()
                .setMode(SessionCreateParams.Mode.SUBSCRIPTION)
                .setClientReferenceId(organization)
                .setSuccessUrl(app + BILLING + "?success=true")
                .setCancelUrl(app + BILLING + "/plans?canceled=true")
                .addLineItem(SessionCreateParams.LineItem.builder()
                        .setPrice(price)
                        .setQuantity(1L)
                        .build())
                // Read again from the events that follow: whose it is, and that it is none of the platform's editions.
                .putMetadata("organizationId", organization)
                .putMetadata("line", "usage")
                .putMetadata("organization_name", shownName.substring(0, Math.min(shownName.length(), NAME_LENGTH_MAX)))
                .setSubscriptionData(SessionCreateParams.SubscriptionData.builder()
                        .putMetadata("organizationId", organization)
                        .putMetadata("line", "usage")
                        .build());
        buyer.customer()
                .ifPresentOrElse(session::setCustomer, () -> session.setCustomerEmail(email.orElse(buyer.email())));
        try {
            return stripe.v1().checkout().sessions().create(session.build()).getUrl();
        } catch (StripeException e) {
            throw unavailable(e);
        }
    }

    @Override
    public String portal(String customer) throws UnavailableException {
        try {
            return stripe.v1()
                    .billingPortal()
                    .sessions()
                    .create(com.stripe.param.billingportal.SessionCreateParams.builder()
                            .setCustomer(customer)
                            .setReturnUrl(app + BILLING)
                            .build())
                    .getUrl();
        } catch (StripeException e) {
            throw unavailable(e);
        }
    }

    @Override
    public List<EditionShop.PastInvoice> invoices(String customer, int limit) throws UnavailableException {
        try {
            return stripe
                    .v1()
                    .invoices()
                    .list(InvoiceListParams.builder()
                            .setCustomer(customer)
                            .setLimit((long) limit)
                            .build())
                    .getData()
                    .stream()
                    .map(StripeShop::invoice)
                    .toList();
        } catch (StripeException e) {
            throw unavailable(e);
        }
    }

    private static EditionShop.PastInvoice invoice(Invoice invoice) {
        return new EditionShop.PastInvoice(
                invoice.getId(),
                Optional.ofNullable(invoice.getNumber()),
                amount(invoice.getTotal()),
                Optional.ofNullable(invoice.getStatus()),
                Instant.ofEpochSecond(amount(invoice.getCreated())),
                Optional.ofNullable(invoice.getHostedInvoiceUrl()),
                Optional.ofNullable(invoice.getInvoicePdf()));
    }

    @Override
    public Optional<Upcoming> upcoming(String customer, String subscription) throws UnavailableException {
        Invoice invoice;
        try {
            invoice = stripe.v1()
                    .invoices()
                    .createPreview(InvoiceCreatePreviewParams.builder()
                            .setCustomer(customer)
                            .setSubscription(subscription)
                            .build());
        } catch (StripeException e) {
            // A subscription that ends with its period has no next invoice.
            if ("invoice_upcoming_none".equals(e.getCode())) {
                return Optional.empty();
            }
            throw unavailable(e);
        }
        return Optional.of(new Upcoming(
                amount(invoice.getTotal()),
                Instant.ofEpochSecond(amount(invoice.getPeriodStart())),
                Instant.ofEpochSecond(amount(invoice.getPeriodEnd())),
                invoice.getLines().getData().stream()
                        .limit(LINES_MAX)
                        .map(line -> new Line(Optional.ofNullable(line.getDescription()), amount(line.getAmount())))
                        .toList()));
    }

    private static long amount(@Nullable Long told) {
        return told == null ? 0 : told;
    }

    private static UnavailableException unavailable(StripeException failure) {
        return new UnavailableException(StripeApi.reason(failure), failure);
    }
}
