package io.tollgate.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Figures as text, for a terminal and for Markdown.
final class Tables {
    private static final List<String> HEAD = List.of(
            "measurement", "figure", "unit", "median (min-max)", "limit (min-max)", "ratio (min-max)", "lag", "aim");
    private static final double SMALL = 100;

    private Tables() {}

    static String forTerminal(List<Figure> figures) {
        List<List<String>> rows = rows(figures);
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                String cell = row.get(column);
                line.append(cell).repeat(' ', widths[column] - cell.length() + 2);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    static String forMarkdown(List<Figure> figures) {
        StringBuilder text = new StringBuilder();
        List<List<String>> rows = rows(figures);
        for (int i = 0; i < rows.size(); i++) {
            text.append("| ")
                    .append(String.join(
                            " | ", rows.get(i).stream().map(Tables::escaped).toList()))
                    .append(" |\n");
            if (i == 0) {
                text.append("|").repeat("---|", HEAD.size()).append('\n');
            }
        }
        return text.toString();
    }

    private static List<List<String>> rows(List<Figure> figures) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        for (Figure figure : figures) {
            String limit = figure.limit()
                    .map(summary -> spread(summary) + " " + figure.limitName())
                    .orElse("");
            rows.add(List.of(
                    figure.measurement(),
                    figure.what(),
                    figure.unit(),
                    spread(figure.summary()),
                    limit,
                    figure.ratio().map(Tables::spread).orElse(""),
                    figure.lag()
                            .map(events -> String.format(Locale.ROOT, "%,d", events))
                            .orElse(""),
                    figure.target()));
        }
        return rows;
    }

    /// For example `12,345 (11,000-13,000)`; below 100 with two fraction digits.
    static String spread(Summary summary) {
        return number(summary.median()) + " (" + number(summary.min()) + "-" + number(summary.max()) + ")";
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < SMALL ? "%.2f" : "%,.0f", value);
    }

    private static String escaped(String cell) {
        return cell.replace("|", "\\|");
    }
}
