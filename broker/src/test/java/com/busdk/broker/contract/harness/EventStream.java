package com.busdk.broker.contract.harness;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An open NDJSON stream, read event by event. */
public final class EventStream implements AutoCloseable {
    private final Answer head;
    private final Lines lines;

    EventStream(Answer head, Lines lines) {
        this.head = head;
        this.lines = lines;
    }

    /** Status and headers; the body is empty here. */
    public Answer head() {
        return head;
    }

    /** The next event; fails on anything else. */
    public Event next() {
        return event(lines.next());
    }

    /** The next event, or empty where the stream is over, however that came. */
    public Optional<Event> nextUnlessOver() {
        return lines.nextUnlessOver().map(EventStream::event);
    }

    /** The next events, exactly so many. */
    public List<Event> next(int count) {
        List<Event> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(next());
        }
        return events;
    }

    /** The next line as it is: an envelope, a notice or an empty one. */
    public String line() {
        return lines.next();
    }

    /** Skips empty lines and events up to the next notice of that kind. */
    public Event notice(String kind) {
        while (true) {
            String line = lines.next();
            if (!line.isEmpty()) {
                Event event = new Event(line);
                if (event.text("notice").equals(kind)) {
                    return event;
                }
            }
        }
    }

    /** All events up to the end, which has to come; empty lines and notices are left out. */
    public List<Event> rest() {
        return events(lines.rest());
    }

    /** All lines up to the end, which has to come. */
    public List<String> restOfLines() {
        return lines.rest();
    }

    /** All events up to where the connection is gone, however that comes. */
    public List<Event> untilGone() {
        return events(lines.untilGone());
    }

    /** Holds that the stream ends without another event. */
    public void expectEnd() {
        List<Event> rest = rest();
        assertTrue(rest.isEmpty(), () -> "the stream was to be over, but brought " + rest);
    }

    @Override
    public void close() {
        lines.close();
    }

    private static List<Event> events(List<String> lines) {
        return lines.stream()
                .filter(line -> !line.isEmpty())
                .map(Event::new)
                .filter(event -> !event.has("notice"))
                .toList();
    }

    private static Event event(String line) {
        if (line.isEmpty()) {
            return fail("an event was expected, this was an empty line");
        }
        Event event = new Event(line);
        return event.has("name") ? event : fail("an event was expected, this was " + line);
    }
}
