package io.tollgate.billing.usage.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTableTest {
    private static String written(CsvTable table) {
        return new String(table.toBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void recordsAreThoseOfRfc4180() {
        CsvTable table = new CsvTable(List.of("event_type", "total"));
        table.add("a,b", new BigDecimal("1000.500000"));
        table.add("say \"ü\"\nplease", new BigDecimal("1E+3"));
        table.add("", 7L);

        assertThat(written(table))
                .isEqualTo("event_type,total\r\n\"a,b\",1000.5\r\n\"say \"\"ü\"\"\nplease\",1000\r\n,7\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"})
    void textIsNeverAFormula(String text) {
        assertThat(CsvTable.text(text)).isEqualTo("'" + text);
    }

    @Test
    void numbersAndOtherTextStayAsTheyAre() {
        CsvTable table = new CsvTable(List.of("n"));
        table.add(new BigDecimal("-5"));
        table.add("a=b-c");

        assertThat(written(table)).isEqualTo("n\r\n-5\r\na=b-c\r\n");
    }
}
