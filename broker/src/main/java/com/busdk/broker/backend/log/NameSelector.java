package com.busdk.broker.backend.log;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;

/** Which names a read wants. */
public sealed interface NameSelector {
    /** Every event. */
    record All() implements NameSelector {}

    /** The events of these names, found by the index: the cost is what is returned, not what the log holds. */
    record Names(List<String> names) implements NameSelector {
        public Names {
            names = List.copyOf(names);
            if (names.isEmpty()) {
                throw new IllegalArgumentException("no name");
            }
        }
    }

    /** The events whose name passes, for wildcards; each distinct name of a segment is asked at least once. */
    record Matching(Predicate<String> test) implements NameSelector {}

    NameSelector ALL = new All();

    /** The bytes of a name, as they lie in a record. */
    static byte[] bytes(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }
}
