package com.busdk.cli.bench.suite;

import com.busdk.cli.term.Json;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A line of the table.
 *
 * @param work what was done
 * @param goal what is to be reached first, in words
 * @param then what is to be reached after that, in words
 * @param measured what was, in words
 * @param reached how far it got
 * @param figures the same as numbers, by name
 */
record Row(String work, String goal, String then, String measured, Reached reached, Map<String, Double> figures) {
    Row {
        figures = new LinkedHashMap<>(figures);
    }

    /** How far a measurement got. */
    enum Reached {
        /** There is no goal. */
        NONE_SET(""),
        MISSED("short"),
        FIRST("goal"),
        THEN("then");

        private final String word;

        Reached(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }

        static Reached of(boolean first, boolean then) {
            return then ? THEN : first ? FIRST : MISSED;
        }
    }

    /**
     * The row on one line.
     *
     * @param scale the name of how much was done
     * @param at when it was measured
     */
    String toJson(String scale, String at) {
        var json = new StringBuilder("{\"work\":")
                .append(Json.quote(work))
                .append(",\"scale\":")
                .append(Json.quote(scale))
                .append(",\"at\":")
                .append(Json.quote(at))
                .append(",\"goal\":")
                .append(Json.quote(goal))
                .append(",\"then\":")
                .append(Json.quote(then))
                .append(",\"measured\":")
                .append(Json.quote(measured))
                .append(",\"reached\":")
                .append(Json.quote(reached.word()))
                .append(",\"figures\":{");
        String comma = "";
        for (Map.Entry<String, Double> figure : figures.entrySet()) {
            json.append(comma)
                    .append(Json.quote(figure.getKey()))
                    .append(String.format(Locale.ROOT, ":%.3f", figure.getValue()));
            comma = ",";
        }
        return json.append("}}").toString();
    }
}
