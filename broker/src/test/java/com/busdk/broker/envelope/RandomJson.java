package com.busdk.broker.envelope;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Makes JSON text, damages it, and asks Jackson whether it still is JSON. */
final class RandomJson {
    private static final JsonFactory JACKSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(500)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .disable(JsonFactory.Feature.CHARSET_DETECTION) // all that we send is UTF-8, whatever it starts with
            .build();

    /** Bytes around which the rules of JSON and UTF-8 turn. */
    private static final int[] SHARP = {
        '"', '\\', '/', '{', '}', '[', ']', ',', ':', '0', '1', '9', '-', '+', '.', 'e', 'E', 'u', 't', 'n', 'f', 'a',
        ' ', '\t', '\n', '\r', 0, 0x1f, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
        0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff
    };

    private static final String[] SCALARS = {
        "true", "false", "null", "0", "-0", "1e400", "-12.5E-3", "123456789012345678901234567890.1"
    };

    private static final String[] PIECES = {
        "\\n",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\ud800",
        "\\\"",
        "\\\\",
        "\\/",
        "é",
        "€",
        "😀",
        "\u007f",
        "a",
        "plain text"
    };

    private static final String[] SPACES = {"", "", "", "", " ", "\n", "\r\n", "\t "};

    private RandomJson() {}

    static String value(Random random, int depth) {
        int kind = random.nextInt(depth == 0 ? 2 : 4);
        return switch (kind) {
            case 0 -> pick(random, SCALARS);
            case 1 -> string(random);
            case 2 -> array(random, depth - 1);
            default -> object(random, depth - 1);
        };
    }

    static String string(Random random) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = random.nextInt(4); i > 0; i--) {
            out.append(pick(random, PIECES));
        }
        return out.append('"').toString();
    }

    static String space(Random random) {
        return pick(random, SPACES);
    }

    private static String array(Random random, int depth) {
        StringBuilder out = new StringBuilder("[").append(space(random));
        for (int i = 0, count = random.nextInt(4); i < count; i++) {
            out.append(i == 0 ? "" : "," + space(random))
                    .append(value(random, depth))
                    .append(space(random));
        }
        return out.append(']').toString();
    }

    private static String object(Random random, int depth) {
        StringBuilder out = new StringBuilder("{").append(space(random));
        for (int i = 0, count = random.nextInt(4); i < count; i++) {
            out.append(i == 0 ? "" : "," + space(random)).append(string(random)).append(space(random));
            out.append(':').append(space(random)).append(value(random, depth)).append(space(random));
        }
        return out.append('}').toString();
    }

    /** A string of bytes that are likely to be wrong. */
    static byte[] sharpString(Random random, int maxLength) {
        byte[] out = new byte[random.nextInt(maxLength) + 2];
        for (int i = 0; i < out.length; i++) {
            // Half of it is plain, or hardly any would pass.
            out[i] = (byte) (random.nextBoolean() ? 'x' : SHARP[random.nextInt(SHARP.length)]);
        }
        out[0] = '"';
        out[out.length - 1] = '"';
        return out;
    }

    /** None, one or a few bytes replaced, put in or taken away. */
    static byte[] damaged(byte[] text, Random random) {
        byte[] bytes = text;
        for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            int kind = random.nextInt(3);
            int at = random.nextInt(bytes.length);
            byte[] behind = Arrays.copyOfRange(bytes, kind == 1 ? at : at + 1, bytes.length);
            byte[] damaged = Arrays.copyOf(bytes, at + (kind == 2 ? 0 : 1) + behind.length);
            if (kind != 2) {
                damaged[at] = (byte) SHARP[random.nextInt(SHARP.length)];
            }
            System.arraycopy(behind, 0, damaged, damaged.length - behind.length, behind.length);
            bytes = damaged;
        }
        return bytes;
    }

    /**
     * Whether a strict decoder takes the bytes for UTF-8, and Jackson takes them for one JSON value. Jackson reads the
     * bytes and not the text of them: in text it looks at the low half alone of a character that stands for a hex digit
     * of an escape, and so takes U+1C000 for a zero.
     */
    static boolean jacksonAccepts(byte[] text) {
        try {
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(text));
            try (JsonParser parser = JACKSON.createParser(text)) {
                if (parser.nextToken() == null) {
                    return false;
                }
                parser.skipChildren();
                parser.finishToken();
                return parser.nextToken() == null;
            }
        } catch (IOException e) {
            return false;
        }
    }

    private static String pick(Random random, String[] from) {
        return from[random.nextInt(from.length)];
    }
}
