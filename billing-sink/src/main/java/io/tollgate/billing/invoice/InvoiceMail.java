package io.tollgate.billing.invoice;

import io.tollgate.contract.mail.Mail;
import java.math.BigDecimal;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// What a tenant is told of a finalized invoice.
public final class InvoiceMail {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    /// More lines than anybody reads in a mail; the invoice has them all.
    private static final int LINES_MAX = 50;

    private static final int METER_SHOWN = 60;

    private InvoiceMail() {}

    /// @param address of the tenant
    public static Mail of(Invoice invoice, String address) {
        StringBuilder text = new StringBuilder()
                .append("Invoice ")
                .append(invoice.number().orElseThrow())
                .append('\n')
                .append("from ")
                .append(invoice.parties().organizationName())
                .append('\n')
                .append("for ")
                .append(invoice.parties().tenantName())
                .append("\n\n")
                .append("Period: ")
                .append(DATE.format(invoice.period().start()))
                .append(" until before ")
                .append(DATE.format(invoice.period().end()))
                .append(" (UTC)\n\n");
        invoice.lines().stream()
                .limit(LINES_MAX)
                .forEach(line -> text.append("  ")
                        .append(shortened(line.meter()))
                        .append(": ")
                        .append(line.quantity().stripTrailingZeros().toPlainString())
                        .append(" = ")
                        .append(money(invoice, line.total()))
                        .append('\n'));
        if (invoice.lines().size() > LINES_MAX) {
            text.append("  and ").append(invoice.lines().size() - LINES_MAX).append(" more lines\n");
        }
        InvoiceAmounts amounts = invoice.amounts();
        text.append("\nSubtotal: ")
                .append(money(invoice, amounts.subtotal()))
                .append("\nTax: ")
                .append(money(invoice, amounts.tax()))
                .append("\nTotal: ")
                .append(money(invoice, amounts.total()));
        if (invoice.creditApplied().signum() > 0) {
            text.append("\nPaid by credit: ").append(money(invoice, invoice.creditApplied()));
        }
        text.append("\nTo be paid: ").append(money(invoice, invoice.amountDue()));
        invoice.dates().due().ifPresent(due -> text.append(" until ").append(DATE.format(due)));
        invoice.proof()
                .ifPresent(proof -> text.append("\n\nThis invoice bills ")
                        .append(proof.leafCount())
                        .append(" events. Root of their proof: ")
                        .append(proof.root())
                        .append('\n'));
        return new Mail(
                address,
                "Invoice " + invoice.number().orElseThrow() + " from "
                        + oneLine(invoice.parties().organizationName()),
                text.toString());
    }

    private static String money(Invoice invoice, BigDecimal amount) {
        return amount.toPlainString() + " " + invoice.amounts().currency().getCurrencyCode();
    }

    private static String shortened(String meter) {
        return meter.length() <= METER_SHOWN ? meter : meter.substring(0, METER_SHOWN) + "…";
    }

    /// A name may hold what would begin another header.
    private static String oneLine(String name) {
        return name.replaceAll("\\p{Cntrl}", " ");
    }
}
