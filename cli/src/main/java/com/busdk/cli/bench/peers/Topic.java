package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.EventLines;
import java.util.Arrays;
import java.util.List;

/**
 * What the events of a run go to: a stream or as many channels or keys as there are names, whatever the system has.
 *
 * @param id a word that no other topic of the server has
 * @param lines the events; the line without its end is what every system is given as the event
 */
record Topic(String id, EventLines lines) {
    /** What names of all topics begin with. */
    private static final String BASE = "example.";

    /** A topic with that many names and events of that size. */
    static Topic of(String id, int names, int eventBytes) {
        return new Topic(id, new EventLines(EventLines.names(BASE + id, names), eventBytes));
    }

    List<String> names() {
        return lines.names();
    }

    /** The bytes of an event of the name of that number, from 0 on, without the end of its line. */
    byte[] event(int name) {
        byte[] line = lines.line(name);
        return Arrays.copyOf(line, line.length - 1);
    }
}
