package com.busdk.broker.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.contract.harness.Event;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What clients saw: which events were sent and answered, which deliveries came and were acknowledged. From that, and from
 * the log as it is at the end, it decides whether every promise was kept. Any thread.
 *
 * <p>An event is known by its publisher (its {@code key}) and number (its payload, or {@code n} of that), since an answer
 * may be lost.
 */
final class History {
    private final Set<String> sent = new HashSet<>();
    private final Map<String, String> answered = new HashMap<>();
    private final Map<String, Integer> attempts = new HashMap<>();
    private final Set<String> acked = new HashSet<>();
    private final List<String> wrong = new ArrayList<>();

    static String name(String publisher, long number) {
        return publisher + "/" + number;
    }

    /** Before it is published. */
    synchronized void sending(String publisher, long number) {
        sent.add(name(publisher, number));
    }

    /** The answer was 202. */
    synchronized void accepted(String publisher, long number, String id) {
        String before = answered.put(name(publisher, number), id);
        if (before != null && !id.isEmpty() && !before.isEmpty() && !before.equals(id)) {
            wrong.add(name(publisher, number) + " was answered with two ids");
        }
    }

    synchronized int acceptedCount() {
        return answered.size();
    }

    /** A delivery of a group. */
    synchronized void delivered(Event event) {
        int before = attempts.getOrDefault(event.id(), 0);
        if (acked.contains(event.id())) {
            wrong.add("delivered though its ack was answered: " + event);
        }
        if (event.attempt() <= before) {
            wrong.add("delivered as attempt " + event.attempt() + " after " + before + ": " + event);
        }
        attempts.put(event.id(), event.attempt());
    }

    /** The service was killed: how often it had tried, it may have forgotten. */
    synchronized void killed() {
        attempts.clear();
    }

    /** An ack was answered, and it counted. */
    synchronized void acked(Event event) {
        acked.add(event.id());
    }

    synchronized boolean isAcked(String id) {
        return acked.contains(id);
    }

    synchronized int ackedCount() {
        return acked.size();
    }

    /** Holds the log, oldest event first, against all that was seen. */
    synchronized void check(List<Event> log) {
        Map<String, String> idOf = new HashMap<>();
        Map<String, Long> last = new HashMap<>();
        String previous = "";
        for (Event event : log) {
            String publisher = event.text("key");
            JsonNode payload = event.tree().path("payload");
            long number = payload.path("n").asLong(payload.asLong());
            String name = name(publisher, number);
            if (idOf.put(name, event.id()) != null) {
                wrong.add("stored twice: " + name);
            }
            if (!sent.contains(name)) {
                wrong.add("never sent: " + name);
            }
            if (number <= last.getOrDefault(publisher, -1L)) {
                wrong.add("out of order: " + name);
            }
            last.put(publisher, number);
            if (event.id().compareTo(previous) <= 0) {
                wrong.add("ids out of order at " + event.id());
            }
            previous = event.id();
        }
        answered.forEach((name, id) -> {
            String stored = idOf.get(name);
            if (stored == null) {
                wrong.add("answered 202 and lost: " + name);
            } else if (!id.isEmpty() && !stored.equals(id)) {
                wrong.add("answered as " + id + " and stored as " + stored + ": " + name);
            }
        });
        Set<String> ids = new HashSet<>(idOf.values());
        for (String id : new TreeSet<>(acked)) {
            if (!ids.contains(id)) {
                wrong.add("acknowledged and lost: " + id);
            }
        }
        assertEquals(List.of(), wrong.subList(0, Math.min(20, wrong.size())));
    }
}
