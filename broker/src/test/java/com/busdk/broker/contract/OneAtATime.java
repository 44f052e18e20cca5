package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.contract.harness.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds the deliveries of a group against what is promised: an event is out to one consumer at a time, each delivery is
 * counted as a further attempt, and nothing comes again that was acknowledged. Any thread.
 */
final class OneAtATime {
    private final Map<String, Integer> out = new HashMap<>();
    private final Map<String, Integer> attempts = new HashMap<>();
    private final Map<String, Integer> acked = new HashMap<>();
    private final List<String> wrong = new ArrayList<>();

    synchronized void leased(Event event) {
        if (out.put(event.id(), event.attempt()) != null) {
            wrong.add("out twice at a time: " + event);
        }
        if (event.attempt() <= attempts.getOrDefault(event.id(), 0)) {
            wrong.add("not a further attempt: " + event);
        }
        if (acked.containsKey(event.id())) {
            wrong.add("came again though it was acknowledged: " + event);
        }
        attempts.put(event.id(), event.attempt());
    }

    /** Called before it is given back. */
    synchronized void released(Event event) {
        out.remove(event.id());
    }

    /** Called before it is acknowledged. */
    synchronized void acked(Event event) {
        out.remove(event.id());
        acked.merge(event.id(), 1, Integer::sum);
    }

    synchronized boolean done(int count) {
        return acked.size() >= count;
    }

    synchronized void check() {
        assertEquals(List.of(), wrong);
        assertEquals(
                List.of(),
                acked.entrySet().stream().filter(e -> e.getValue() > 1).toList());
    }
}
