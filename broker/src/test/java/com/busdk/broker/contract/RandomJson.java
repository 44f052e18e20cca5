package com.busdk.broker.contract;

import com.busdk.broker.contract.harness.Json;
import java.util.Random;

/** JSON texts in all their spellings, on one line. */
final class RandomJson {
    private static final String[] PIECES = {
        "a",
        "Z",
        " ",
        "\\n",
        "\\\"",
        "\\\\",
        "\\/",
        "\\u0000",
        "\\uD834\\uDD1E",
        "\u00e9",
        "\u2028",
        "\ud83d\ude00",
        "\\ud800",
        "{",
        "]",
        ","
    };
    private static final String[] BLANKS = {"", "", "", " ", "\t", "  "};

    private RandomJson() {}

    static String value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> "null";
            case 1 -> random.nextBoolean() ? "true" : "false";
            case 2 -> number(random);
            case 3 -> string(random);
            case 4 -> Json.quote(Long.toString(random.nextLong()));
            case 5 -> array(random, depth);
            default -> object(random, depth);
        };
    }

    private static String number(Random random) {
        StringBuilder text = new StringBuilder(random.nextBoolean() ? "-" : "");
        text.append(1 + random.nextInt(9));
        digits(random, text, random.nextInt(40));
        if (random.nextBoolean()) {
            text.append('.');
            digits(random, text, 1 + random.nextInt(20));
        }
        if (random.nextBoolean()) {
            text.append(random.nextBoolean() ? 'e' : 'E').append(new String[] {"", "+", "-"}[random.nextInt(3)]);
            digits(random, text, 1 + random.nextInt(4));
        }
        return text.toString();
    }

    private static void digits(Random random, StringBuilder text, int count) {
        for (int i = 0; i < count; i++) {
            text.append(random.nextInt(10));
        }
    }

    private static String string(Random random) {
        StringBuilder text = new StringBuilder("\"");
        int length = random.nextInt(12);
        for (int i = 0; i < length; i++) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.append('"').toString();
    }

    private static String array(Random random, int depth) {
        StringBuilder text = new StringBuilder("[").append(blank(random));
        int size = random.nextInt(4);
        for (int i = 0; i < size; i++) {
            text.append(i == 0 ? "" : "," + blank(random))
                    .append(value(random, depth - 1))
                    .append(blank(random));
        }
        return text.append(']').toString();
    }

    private static String object(Random random, int depth) {
        StringBuilder text = new StringBuilder("{").append(blank(random));
        int size = random.nextInt(4);
        for (int i = 0; i < size; i++) {
            text.append(i == 0 ? "" : "," + blank(random))
                    .append("\"m" + i + random.nextInt(5) + "\"") // no member twice: the tests read strictly
                    .append(blank(random))
                    .append(':')
                    .append(blank(random))
                    .append(value(random, depth - 1))
                    .append(blank(random));
        }
        return text.append('}').toString();
    }

    private static String blank(Random random) {
        return BLANKS[random.nextInt(BLANKS.length)];
    }
}
