package com.busdk.broker.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for any pattern. */
class EventPatternPropertiesTest {
    @Property
    void aPatternThatCoversAnotherMatchesAllThatTheOtherDoes(
            @ForAll("patterns") String wide, @ForAll("patterns") String narrow, @ForAll("names") String name) {
        EventPattern wider = EventPattern.parse(wide);
        EventPattern narrower = EventPattern.parse(narrow);

        if (wider.covers(narrower) && narrower.matches(name)) {
            assertTrue(wider.matches(name));
        }
        if (wider.covers(narrower) && narrower.covers(wider)) {
            assertEquals(wider, narrower);
        }
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.of("a", "b", "a-b").list().ofMinSize(2).ofMaxSize(4).map(words -> String.join(".", words));
    }

    @Provide
    Arbitrary<String> patterns() {
        return Arbitraries.oneOf(names(), names().map(name -> name + ".*"), Arbitraries.of("*", "a.*", "b.*", "a-b.*"));
    }
}
