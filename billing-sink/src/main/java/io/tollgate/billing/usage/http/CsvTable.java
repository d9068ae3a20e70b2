package io.tollgate.billing.usage.http;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A table as RFC 4180 has it, in UTF-8. Text that a spreadsheet would take for a formula is told as text: names come
/// from callers, and whoever opens the table is somebody else. Numbers are plain: no exponent, no trailing zeros.
public final class CsvTable {
    /// What a cell of a spreadsheet begins with that is computed rather than shown.
    private static final String FORMULA_BEGINNINGS = "=+-@\t\r\n";

    private final List<List<String>> records = new ArrayList<>();

    public CsvTable(List<String> head) {
        records.add(head.stream().map(CsvTable::text).toList());
    }

    /// @param cells strings, numbers, or empty strings for what there is not
    public void add(Object... cells) {
        records.add(Arrays.stream(cells).map(CsvTable::cell).toList());
    }

    private static String cell(Object cell) {
        return switch (cell) {
            case BigDecimal number -> number.stripTrailingZeros().toPlainString();
            case Number number -> number.toString();
            default -> text(cell.toString());
        };
    }

    /// A leading apostrophe is how spreadsheets mark what is text in any case.
    static String text(String text) {
        return !text.isEmpty() && FORMULA_BEGINNINGS.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    }

    public byte[] toBytes() {
        StringWriter out = new StringWriter();
        try (CsvWriter csv =
                CsvWriter.builder().lineDelimiter(LineDelimiter.CRLF).build(out)) {
            records.forEach(csv::writeRecord);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }
}
