package com.busdk.broker.envelope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** The scanner beside Jackson, behind a strict decoder of UTF-8. */
class JsonScannerPropertyTest {
    @Property(tries = 20_000)
    void shouldAcceptAndRefuseWhatJacksonDoes(@ForAll("damagedJson") byte[] text) {
        assertEquals(
                RandomJson.jacksonAccepts(text),
                accepts(text, 0, text.length),
                () -> new String(text, StandardCharsets.ISO_8859_1));
    }

    @Property(tries = 20_000)
    void shouldAcceptAndRefuseStringsAsJacksonDoes(@ForAll("strings") byte[] text) {
        assertEquals(RandomJson.jacksonAccepts(text), accepts(text, 0, text.length), () -> Arrays.toString(text));
    }

    @Property(tries = 5_000)
    void shouldAcceptAndRefuseNumbersAsJacksonDoes(@ForAll("numbers") byte[] text) {
        assertEquals(
                RandomJson.jacksonAccepts(text),
                accepts(text, 0, text.length),
                () -> new String(text, StandardCharsets.US_ASCII));
    }

    @Property(tries = 5_000)
    void shouldNotDependOnWhereInTheArrayTheTextLies(@ForAll("damagedJson") byte[] text) {
        byte[] around = new byte[text.length + 9];
        Arrays.fill(around, (byte) '"');
        System.arraycopy(text, 0, around, 5, text.length);
        assertEquals(accepts(text, 0, text.length), accepts(around, 5, 5 + text.length));
    }

    @Test
    void shouldKnowEveryFirstAndSecondByteOfUtf8() {
        for (int first = 0x80; first <= 0xff; first++) {
            for (int second = 0; second <= 0xff; second++) {
                for (int more = 0; more <= 2; more++) {
                    byte[] text = new byte[4 + more];
                    Arrays.fill(text, (byte) 0xbf);
                    text[0] = '"';
                    text[1] = (byte) first;
                    text[2] = (byte) second;
                    text[text.length - 1] = '"';
                    assertEquals(
                            RandomJson.jacksonAccepts(text),
                            accepts(text, 0, text.length),
                            () -> Arrays.toString(text));
                }
            }
        }
    }

    @Test
    void shouldTakeNoOtherCharacterForAHexDigit() {
        for (int character = 0x80; character <= Character.MAX_CODE_POINT; character++) {
            if (character < Character.MIN_SURROGATE || character > Character.MAX_SURROGATE) {
                byte[] text = ("\"\\u00e" + Character.toString(character) + "a\"").getBytes(StandardCharsets.UTF_8);
                assertFalse(RandomJson.jacksonAccepts(text), () -> Arrays.toString(text));
                assertFalse(accepts(text, 0, text.length), () -> Arrays.toString(text));
            }
        }
    }

    @Provide
    Arbitrary<byte[]> damagedJson() {
        return Arbitraries.randomValue(
                random -> RandomJson.damaged(RandomJson.value(random, 4).getBytes(StandardCharsets.UTF_8), random));
    }

    @Provide
    Arbitrary<byte[]> strings() {
        return Arbitraries.randomValue(random -> RandomJson.sharpString(random, 20));
    }

    @Provide
    Arbitrary<byte[]> numbers() {
        return Arbitraries.randomValue(JsonScannerPropertyTest::numberLike);
    }

    private static byte[] numberLike(Random random) {
        StringBuilder out = new StringBuilder("[");
        for (int i = random.nextInt(8); i >= 0; i--) {
            out.append("0019-+.eE".charAt(random.nextInt(9)));
        }
        return out.append(']').toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static boolean accepts(byte[] text, int from, int to) {
        JsonScanner scanner = new JsonScanner();
        scanner.reset(text, from, to);
        try {
            return scanner.space(scanner.value(scanner.space(from))) == to;
        } catch (EnvelopeException e) {
            return false;
        }
    }
}
