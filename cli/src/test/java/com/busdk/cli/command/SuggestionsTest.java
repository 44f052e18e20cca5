package com.busdk.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class SuggestionsTest {
    private static final List<String> WORDS = List.of("send", "listen", "request", "groups", "names", "show");

    @Test
    void shouldFindWordsWithOneMistake() {
        assertEquals("send", Suggestions.nearest("sned", WORDS));
        assertEquals("listen", Suggestions.nearest("listn", WORDS));
        assertEquals("groups", Suggestions.nearest("group", WORDS));
        assertEquals("names", Suggestions.nearest("nmaes", WORDS));
        assertEquals("request", Suggestions.nearest("req", WORDS));
    }

    @Test
    void shouldFindNothingForAnotherWord() {
        assertNull(Suggestions.nearest("frobnicate", WORDS));
        assertNull(Suggestions.nearest("", WORDS));
        assertNull(Suggestions.nearest("x".repeat(100_000), WORDS));
    }

    @Property
    void distanceShouldBeTheSameBothWaysAndZeroOnlyForEqualWords(
            @ForAll @AlphaChars @StringLength(max = 12) String a,
            @ForAll @AlphaChars @StringLength(max = 12) String b) {
        int distance = Suggestions.distance(a, b);

        assertEquals(distance, Suggestions.distance(b, a));
        assertEquals(a.equals(b), distance == 0);
    }

    @Property
    void distanceShouldBeOneAfterOneMistake(
            @ForAll @AlphaChars @StringLength(min = 1, max = 12) String word, @ForAll char inserted, @ForAll int seed) {
        int at = Math.floorMod(seed, word.length());
        String wrong = word.substring(0, at) + inserted + word.substring(at);

        assertEquals(1, Suggestions.distance(wrong, word));
    }
}
