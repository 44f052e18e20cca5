package com.busdk.cli.attack;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Counts what came back, by kind. Any thread. */
final class Tally {
    private final Map<String, Integer> counts = new TreeMap<>();

    synchronized void add(String kind) {
        counts.merge(kind, 1, Integer::sum);
    }

    /** An answer's status, or that none came. */
    void add(int status) {
        add(status == Wire.CLOSED ? "closed" : Integer.toString(status));
    }

    synchronized int of(String kind) {
        return counts.getOrDefault(kind, 0);
    }

    synchronized int total() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Fails if anything else came. */
    synchronized Tally only(String... kinds) {
        if (!Set.of(kinds).containsAll(counts.keySet())) {
            throw new AssertionError("came back: " + this + "; right is " + String.join(", ", kinds));
        }
        return this;
    }

    /** Such as {@code 400 × 12, closed × 3}. */
    @Override
    public synchronized String toString() {
        return counts.isEmpty()
                ? "nothing"
                : counts.entrySet().stream()
                        .map(entry -> entry.getKey() + " \u00d7 " + entry.getValue())
                        .collect(Collectors.joining(", "));
    }
}
