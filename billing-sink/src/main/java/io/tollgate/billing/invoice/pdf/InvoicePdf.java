package io.tollgate.billing.invoice.pdf;

import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceAmounts;
import io.tollgate.billing.invoice.InvoiceLine;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.text.NumberFormat;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import org.openpdf.text.Document;
import org.openpdf.text.Element;
import org.openpdf.text.Font;
import org.openpdf.text.PageSize;
import org.openpdf.text.Paragraph;
import org.openpdf.text.Phrase;
import org.openpdf.text.Rectangle;
import org.openpdf.text.pdf.BaseFont;
import org.openpdf.text.pdf.PdfPCell;
import org.openpdf.text.pdf.PdfPTable;
import org.openpdf.text.pdf.PdfWriter;

/// An invoice as a PDF on A4. Its fonts are embedded and have the letters of European languages; others show as boxes.
public final class InvoicePdf {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final Color INK = new Color(0x1b, 0x26, 0x3b);
    private static final Color FAINT = new Color(0x6b, 0x75, 0x85);
    private static final Color RULE = new Color(0xd5, 0xda, 0xe1);
    private static final Color SHADE = new Color(0xf3, 0xf5, 0xf8);
    private static final float MARGIN = 54;
    private static final float PADDING = 6;

    private static final BaseFont REGULAR = font("LiberationSans-Regular.ttf");
    private static final BaseFont BOLD = font("LiberationSans-Bold.ttf");

    private static final int FRACTION_SHOWN = 6;

    private final Invoice invoice;
    private final Document document = new Document(PageSize.A4, MARGIN, MARGIN, MARGIN, MARGIN);

    private InvoicePdf(Invoice invoice) {
        this.invoice = invoice;
    }

    /// The same invoice gives the same pages.
    public static byte[] of(Invoice invoice) {
        return new InvoicePdf(invoice).bytes();
    }

    private byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PdfWriter.getInstance(document, out);
        document.addTitle("Invoice " + invoice.number().orElse(""));
        document.addAuthor(invoice.parties().organizationName());
        document.open();
        head();
        parties();
        lines();
        sums();
        foot();
        document.close();
        return out.toByteArray();
    }

    private void head() {
        PdfPTable table = new PdfPTable(new float[] {3, 2});
        table.setWidthPercentage(100);
        table.addCell(bare(new Phrase(invoice.parties().organizationName(), strong(16)), Element.ALIGN_LEFT));
        table.addCell(bare(new Phrase("Invoice", strong(22)), Element.ALIGN_RIGHT));
        table.addCell(bare(new Phrase(" ", plain(9)), Element.ALIGN_LEFT));
        table.addCell(bare(new Phrase(invoice.number().orElse(""), plain(11)), Element.ALIGN_RIGHT));
        table.setSpacingAfter(24);
        document.add(table);
    }

    private void parties() {
        PdfPTable table = new PdfPTable(new float[] {3, 2});
        table.setWidthPercentage(100);
        PdfPCell to = bare(new Phrase(""), Element.ALIGN_LEFT);
        to.addElement(new Paragraph("Billed to", faint(9)));
        to.addElement(new Paragraph(invoice.parties().tenantName(), strong(11)));
        to.addElement(new Paragraph(invoice.tenantId().value(), plain(9)));
        invoice.parties().tenantEmail().ifPresent(email -> to.addElement(new Paragraph(email, plain(9))));
        table.addCell(to);
        PdfPTable facts = new PdfPTable(new float[] {2, 3});
        fact(facts, "Period from", date(invoice.period().start()));
        fact(facts, "until before", date(invoice.period().end()));
        fact(facts, "Status", invoice.status().map(Enum::name).orElse("PREVIEW"));
        fact(facts, "Issued", invoice.dates().finalized().map(InvoicePdf::date).orElse("–"));
        fact(facts, "Due", invoice.dates().due().map(InvoicePdf::date).orElse("–"));
        invoice.dates().paid().ifPresent(paid -> fact(facts, "Paid", date(paid)));
        PdfPCell right = new PdfPCell(facts);
        right.setBorder(Rectangle.NO_BORDER);
        table.addCell(right);
        table.setSpacingAfter(24);
        document.add(table);
    }

    private void fact(PdfPTable facts, String name, String value) {
        facts.addCell(bare(new Phrase(name, faint(9)), Element.ALIGN_LEFT));
        facts.addCell(bare(new Phrase(value, plain(9)), Element.ALIGN_RIGHT));
    }

    private void lines() {
        PdfPTable table = new PdfPTable(new float[] {5, 2, 2, 2});
        table.setWidthPercentage(100);
        table.setHeaderRows(1);
        for (String title : new String[] {"Usage", "Quantity", "Unit price", "Amount"}) {
            PdfPCell cell = new PdfPCell(new Phrase(title, strong(9)));
            cell.setBackgroundColor(SHADE);
            cell.setBorder(Rectangle.NO_BORDER);
            cell.setPadding(PADDING);
            cell.setHorizontalAlignment(title.equals("Usage") ? Element.ALIGN_LEFT : Element.ALIGN_RIGHT);
            table.addCell(cell);
        }
        for (InvoiceLine line : invoice.lines()) {
            table.addCell(ruled(new Phrase(description(line), plain(9)), Element.ALIGN_LEFT));
            table.addCell(ruled(new Phrase(number(line.quantity()), plain(9)), Element.ALIGN_RIGHT));
            table.addCell(ruled(new Phrase(number(line.unitPrice()), plain(9)), Element.ALIGN_RIGHT));
            table.addCell(ruled(new Phrase(money(line.total()), plain(9)), Element.ALIGN_RIGHT));
        }
        if (invoice.lines().isEmpty()) {
            PdfPCell nothing = ruled(new Phrase("Nothing was used.", faint(9)), Element.ALIGN_LEFT);
            nothing.setColspan(table.getNumberOfColumns());
            table.addCell(nothing);
        }
        table.setSpacingAfter(12);
        document.add(table);
    }

    private static String description(InvoiceLine line) {
        String what = switch (line.kind()) {
            case USAGE -> line.meter();
            case FLAT -> line.meter() + " (flat)";
            case ADJUSTMENT ->
                line.meter() + " of " + date(line.period().start()) + " until before "
                        + date(line.period().end()) + ", adjusted for "
                        + line.adjusts()
                                .map(adjusts -> adjusts.cause()
                                        .name()
                                        .toLowerCase(Locale.ROOT)
                                        .replace('_', ' '))
                                .orElse("changes");
        };
        return line.billedBy().map(other -> what + " (billed by " + other + ")").orElse(what);
    }

    private void sums() {
        InvoiceAmounts amounts = invoice.amounts();
        PdfPTable table = new PdfPTable(new float[] {3, 2});
        table.setWidthPercentage(45);
        table.setHorizontalAlignment(Element.ALIGN_RIGHT);
        sum(table, "Subtotal", amounts.subtotal(), false);
        sum(table, "Tax (" + number(amounts.taxRate().movePointRight(2)) + " %)", amounts.tax(), false);
        sum(table, "Total", amounts.total(), true);
        if (invoice.creditApplied().signum() > 0) {
            sum(table, "Credit", invoice.creditApplied().negate(), false);
        }
        if (amounts.credit().signum() > 0) {
            sum(table, "Credit for you", amounts.credit(), false);
        }
        sum(table, "To be paid", invoice.amountDue(), true);
        table.setSpacingAfter(30);
        document.add(table);
    }

    private void sum(PdfPTable table, String name, BigDecimal amount, boolean strong) {
        Font font = strong ? strong(10) : plain(9);
        table.addCell(ruled(new Phrase(name, font), Element.ALIGN_LEFT));
        table.addCell(ruled(
                new Phrase(money(amount) + " " + invoice.amounts().currency().getCurrencyCode(), font),
                Element.ALIGN_RIGHT));
    }

    private void foot() {
        Optional<Invoice.Proof> proof = invoice.proof();
        proof.ifPresent(proved -> {
            document.add(new Paragraph(
                    "This invoice bills " + number(BigDecimal.valueOf(proved.leafCount()))
                            + " events, each of which can be proved to be in it. Root of the proof:",
                    faint(8)));
            document.add(new Paragraph(proved.root(), faint(8)));
        });
        document.add(new Paragraph("Times are UTC.", faint(8)));
    }

    private static PdfPCell bare(Phrase phrase, int alignment) {
        PdfPCell cell = new PdfPCell(phrase);
        cell.setBorder(Rectangle.NO_BORDER);
        cell.setHorizontalAlignment(alignment);
        return cell;
    }

    private static PdfPCell ruled(Phrase phrase, int alignment) {
        PdfPCell cell = new PdfPCell(phrase);
        cell.setBorder(Rectangle.BOTTOM);
        cell.setBorderColor(RULE);
        cell.setPadding(PADDING);
        cell.setHorizontalAlignment(alignment);
        return cell;
    }

    private static Font plain(float size) {
        return new Font(REGULAR, size, Font.NORMAL, INK);
    }

    private static Font strong(float size) {
        return new Font(BOLD, size, Font.NORMAL, INK);
    }

    private static Font faint(float size) {
        return new Font(REGULAR, size, Font.NORMAL, FAINT);
    }

    private static String date(Instant instant) {
        return DATE.format(instant);
    }

    private String money(BigDecimal amount) {
        int digits = invoice.amounts().currency().getDefaultFractionDigits();
        return formatted(amount, digits, digits);
    }

    private static String number(BigDecimal number) {
        return formatted(number, 0, FRACTION_SHOWN);
    }

    private static String formatted(BigDecimal number, int fractionMin, int fractionMax) {
        NumberFormat format = NumberFormat.getNumberInstance(Locale.ENGLISH);
        format.setMinimumFractionDigits(fractionMin);
        format.setMaximumFractionDigits(fractionMax);
        return format.format(number);
    }

    private static BaseFont font(String file) {
        try (InputStream in = BaseFont.class.getClassLoader().getResourceAsStream("liberation/" + file)) {
            if (in == null) {
                throw new IllegalStateException("the font " + file + " is on the class path");
            }
            return BaseFont.createFont(file, BaseFont.IDENTITY_H, BaseFont.EMBEDDED, true, in.readAllBytes(), null);
        } catch (IOException e) {
            throw new IllegalStateException("the font " + file + " can be read", e);
        }
    }
}
