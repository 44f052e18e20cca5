package com.busdk.client.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventNameTest {
    @ParameterizedTest
    @ValueSource(strings = {"example.ping", "bus.vm.start.request", "a.b", "a_1.-", "0.0"})
    void shouldAcceptTwoOrMoreWords(String name) {
        assertTrue(EventName.isValid(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "ping", ".ping", "ping.", "a..b", "A.b", "a.b c", "a.b\n", "a.ä", "bus.*", ">", "a/b.c"})
    void shouldRefuseWhatIsNoName(String name) {
        assertFalse(EventName.isValid(name));
        assertThrows(IllegalArgumentException.class, () -> EventName.check(name));
    }

    @Test
    void shouldTakeNamesUpTo255Bytes() {
        assertTrue(EventName.isValid("a." + "b".repeat(253)));
        assertFalse(EventName.isValid("a." + "b".repeat(254)));
    }

    @Test
    void shouldNotRepeatMoreThan200CharactersOfABadName() {
        String message = assertThrows(IllegalArgumentException.class, () -> EventName.check("X".repeat(5000)))
                .getMessage();
        assertTrue(message.contains("X".repeat(199)) && !message.contains("X".repeat(201)), message);
    }

    @Property
    void shouldAgreeWithTheRuleAsAPattern(
            @ForAll @StringLength(max = 12) @CharRange(from = '-', to = '9') @CharRange(from = '^', to = 'c')
                    String name) {
        assertEquals(name.matches("[a-z0-9_-]+(\\.[a-z0-9_-]+)+"), EventName.isValid(name));
    }

    @Test
    void shouldNameTheResponseToARequest() {
        assertEquals("bus.vm.start.response", EventName.responseTo("bus.vm.start.request"));
        assertThrows(IllegalArgumentException.class, () -> EventName.responseTo("bus.vm.start"));
    }
}
