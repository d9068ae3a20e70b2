package io.tollgate.billing.invoice.http;

import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceLine;
import io.tollgate.billing.usage.http.CsvTable;
import io.tollgate.metering.rating.ChargePart;
import java.util.List;

/// An invoice as a table: a record for each part of each line, or one for a line without parts.
final class InvoiceTable {
    private static final List<String> HEAD = List.of(
            "line",
            "kind",
            "event_type",
            "quantity",
            "unit_price",
            "total_price",
            "tier_level",
            "tier_quantity",
            "tier_unit_price",
            "tier_subtotal");

    private InvoiceTable() {}

    static CsvTable of(Invoice invoice) {
        CsvTable table = new CsvTable(HEAD);
        int number = 0;
        for (InvoiceLine line : invoice.lines()) {
            number++;
            if (line.parts().isEmpty()) {
                add(table, number, line, "", "", "", "");
            }
            for (ChargePart part : line.parts()) {
                add(table, number, line, part.tierLevel(), part.quantity(), part.unitPrice(), part.subtotal());
            }
        }
        return table;
    }

    private static void add(
            CsvTable table,
            int number,
            InvoiceLine line,
            Object tierLevel,
            Object tierQuantity,
            Object tierUnitPrice,
            Object tierSubtotal) {
        table.add(
                number,
                line.kind().name(),
                line.meter(),
                line.quantity(),
                line.unitPrice(),
                line.total(),
                tierLevel,
                tierQuantity,
                tierUnitPrice,
                tierSubtotal);
    }
}
