package com.busdk.cli.faults;

import com.busdk.cli.faults.Operation.Accepted;
import com.busdk.cli.faults.Operation.AckSent;
import com.busdk.cli.faults.Operation.AckTaken;
import com.busdk.cli.faults.Operation.Delivered;
import com.busdk.cli.faults.Operation.Heard;
import com.busdk.cli.faults.Operation.ReadBegun;
import com.busdk.cli.faults.Operation.ReadEnded;
import com.busdk.cli.faults.Operation.Sent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides from what clients did and saw, and from the log as it is read at the end, which promises were broken. What was
 * never answered may be in the log or not: no rule speaks of it.
 *
 * <p>Thread: one; used for one history.
 */
final class Checker {
    private final List<Operation> history;
    private final List<Line> log;
    private final List<Violation> violations = new ArrayList<>();

    /** Where each event is in the log. */
    private final Map<String, Integer> places = new HashMap<>();

    private final Map<Value, Line> stored = new HashMap<>();

    private Checker(List<Operation> history, List<Line> log) {
        this.history = history;
        this.log = log;
    }

    /**
     * Checks a run that has ended: all listeners and the group had the time to come to the log's end.
     *
     * @param history all operations, in their order
     * @param log what is stored, oldest first
     * @return what was broken; empty if all is well
     */
    static List<Violation> check(List<Operation> history, List<Line> log) {
        Checker checker = new Checker(history, log);
        checker.readLog();
        checker.checkPublishes();
        checker.checkOrderInTime();
        checker.checkListeners();
        checker.checkReadings();
        new LeaseChecker(history, log, checker.violations).check();
        return checker.violations;
    }

    private void violated(Rule rule, Object what) {
        violations.add(new Violation(rule, String.valueOf(what)));
    }

    private void readLog() {
        Map<String, Line> lastOf = new HashMap<>();
        Line before = null;
        for (Line line : log) {
            if (before != null
                    && (line.sequence() <= before.sequence() || line.id().compareTo(before.id()) <= 0)) {
                violated(Rule.LOG_ORDER, line + " behind " + before);
            }
            before = line;
            if (stored.putIfAbsent(line.value(), line) != null) {
                violated(Rule.STORED_TWICE, stored.get(line.value()) + " and " + line);
            }
            Line earlier = lastOf.put(line.value().publisher(), line);
            if (earlier != null && earlier.value().number() > line.value().number()) {
                violated(Rule.PUBLISHER_ORDER, earlier + " before " + line);
            }
            places.putIfAbsent(line.id(), places.size());
        }
    }

    private void checkPublishes() {
        Map<Value, Boolean> sent = new HashMap<>();
        for (Operation operation : history) {
            switch (operation) {
                case Sent(Value value) -> sent.put(value, true);
                case Accepted(Value value, String id) -> {
                    Line line = stored.get(value);
                    if (line == null) {
                        violated(Rule.LOST, value);
                    } else if (!id.isEmpty() && !line.id().equals(id)) {
                        violated(Rule.OTHER_ID, line + " was answered as " + id);
                    }
                }
                default -> {}
            }
        }
        for (Line line : log) {
            if (!sent.containsKey(line.value())) {
                violated(Rule.NEVER_SENT, line);
            }
        }
    }

    /** What was answered before another was first sent stands before it. */
    private void checkOrderInTime() {
        Line latestAnswered = null;
        Map<Value, Boolean> seen = new HashMap<>();
        for (Operation operation : history) {
            switch (operation) {
                case Sent(Value value)
                when seen.putIfAbsent(value, true) == null -> {
                    Line line = stored.get(value);
                    if (line != null && latestAnswered != null && line.sequence() < latestAnswered.sequence()) {
                        violated(Rule.LATE, latestAnswered + " behind " + line);
                    }
                }
                case Accepted(Value value, String _) -> {
                    Line line = stored.get(value);
                    if (line != null && (latestAnswered == null || line.sequence() > latestAnswered.sequence())) {
                        latestAnswered = line;
                    }
                }
                default -> {}
            }
        }
    }

    /** Each began at the log's beginning, so what it heard is the log, whatever happened to its connections. */
    private void checkListeners() {
        Map<String, List<Line>> heard = new LinkedHashMap<>();
        for (Operation operation : history) {
            if (operation instanceof Heard(String listener, Line line)) {
                heard.computeIfAbsent(listener, _ -> new ArrayList<>()).add(line);
            }
        }
        heard.forEach((listener, lines) -> {
            int expected = compare(listener, lines);
            if (expected < log.size()) {
                violated(Rule.GAP, listener + " never heard the last " + (log.size() - expected));
            }
        });
    }

    /** Holds what somebody was shown from the log's beginning on against the log; answers how far that goes. */
    private int compare(String who, List<Line> lines) {
        int expected = 0;
        for (Line line : lines) {
            Integer place = places.get(line.id());
            if (place == null) {
                violated(Rule.HEARD_AND_LOST, who + ": " + line);
                continue;
            }
            if (!log.get(place).equals(line)) {
                violated(Rule.OTHER_ID, who + ": " + line + " is stored as " + log.get(place));
            }
            if (place > expected) {
                violated(Rule.GAP, who + ": " + (place - expected) + " before " + line);
            } else if (place < expected) {
                violated(Rule.REPEAT, who + ": " + line);
            }
            expected = Math.max(expected, place + 1);
        }
        return expected;
    }

    /** A reading that ended has all that was answered before it began. */
    private void checkReadings() {
        Map<Integer, Integer> least = new HashMap<>();
        int answered = 0;
        for (Operation operation : history) {
            switch (operation) {
                case Accepted(Value value, String _) -> {
                    Line line = stored.get(value);
                    answered = line == null ? answered : Math.max(answered, places.get(line.id()) + 1);
                }
                case ReadBegun(int read) -> least.put(read, answered);
                case ReadEnded(int read, List<Line> lines) -> {
                    int reached = compare("reading " + read, lines);
                    if (reached < least.getOrDefault(read, 0)) {
                        violated(Rule.READ_SHORT, "reading " + read + " lacks " + log.get(reached));
                    }
                }
                case Sent _, Heard _, Delivered _, AckSent _, AckTaken _ -> {}
            }
        }
    }
}
