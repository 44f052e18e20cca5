package com.busdk.cli.term;

import com.busdk.client.text.Echo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Rows under named columns, for people (aligned) or for shell tools (parted by tabs). A long table is printed in parts:
 * each time the rows that were added since the last, the first time under the columns' names.
 *
 * <p>Not safe for use by several threads.
 */
public final class Table {
    /** Longest text of a cell for people; a longer one ends in an ellipsis. */
    private static final int MAX_CELL = 200;

    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();
    private final int[] widths;
    private boolean begun;

    /** A table of these columns. */
    public Table(Column... columns) {
        this.columns = List.of(columns);
        this.widths = new int[columns.length];
    }

    /**
     * A column.
     *
     * @param name its name in lower case, words parted by {@code _}
     * @param number whether it holds numbers, which stand on the right
     */
    public record Column(String name, boolean number) {
        /** A column of text. */
        public static Column text(String name) {
            return new Column(name, false);
        }

        /** A column of numbers. */
        public static Column number(String name) {
            return new Column(name, true);
        }
    }

    /** Adds a row, with as many cells as there are columns. */
    public void row(String... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException("a row has " + columns.size() + " cells, not " + cells.length);
        }
        rows.add(List.of(cells));
    }

    /** Whether it has no rows that are not printed yet. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Prints it for people: a heading, columns aligned, two blanks between them, no blanks at the end of a line. */
    public void printText(Output out, Style style) {
        List<List<String>> shown = new ArrayList<>();
        if (!begun) {
            shown.add(columns.stream()
                    .map(column -> column.name().toUpperCase(Locale.ROOT).replace('_', ' '))
                    .toList());
        }
        rows.forEach(row ->
                shown.add(row.stream().map(cell -> Echo.clean(cell, MAX_CELL)).toList()));
        // A later part is as wide as those before, or wider.
        widen(shown);
        for (List<String> row : shown) {
            String line = line(row);
            out.line(begun ? line : style.strong(line));
            begun = true;
        }
        rows.clear();
    }

    /** Prints it for shell tools: a line of names, then the rows; in a cell tab, line breaks and backslash are escaped. */
    public void printTsv(Output out) {
        if (!begun) {
            out.line(String.join("\t", columns.stream().map(Column::name).toList()));
            begun = true;
        }
        rows.forEach(row ->
                out.line(String.join("\t", row.stream().map(Table::escape).toList())));
        rows.clear();
    }

    /** A cell as it stands between tabs. */
    public static String escape(String cell) {
        return cell.replace("\\", "\\\\")
                .replace("\t", "\\t")
                .replace("\n", "\\n")
                .replace("\r", "\\r");
    }

    private void widen(List<List<String>> shown) {
        for (List<String> row : shown) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
    }

    private String line(List<String> row) {
        var line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = row.get(i);
            String blanks = " ".repeat(widths[i] - width(cell));
            line.append(i == 0 ? "" : "  ");
            line.append(columns.get(i).number() ? blanks + cell : cell + blanks);
        }
        return line.toString().stripTrailing();
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
