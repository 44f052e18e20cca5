package com.busdk.cli.faults;

/**
 * An event as the service shows it, in the log, to a listener or to a group.
 *
 * @param id the event's id
 * @param sequence its place in the log
 * @param value what it carries
 */
record Line(String id, long sequence, Value value) {
    @Override
    public String toString() {
        return value + " (sequence " + sequence + ", " + id + ")";
    }
}
