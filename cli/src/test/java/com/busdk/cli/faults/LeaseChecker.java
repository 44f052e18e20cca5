package com.busdk.cli.faults;

import com.busdk.cli.faults.Operation.AckSent;
import com.busdk.cli.faults.Operation.AckTaken;
import com.busdk.cli.faults.Operation.Delivered;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rules of the group, which is made at the log's beginning and has come to its end: each event is acknowledged by one
 * holder of a lease that is alive.
 *
 * <p>Which of two leases is the later one is told by the attempt, within one life of the service: what it had tried
 * before it was killed, it may have forgotten. When a delivery is read says little, since it may have been on its way for
 * long.
 *
 * <p>Thread: one; used for one history.
 */
final class LeaseChecker {
    private final List<Operation> history;
    private final List<Line> log;
    private final List<Violation> violations;

    private final Map<String, Delivered> leases = new HashMap<>();

    /** By event: the last attempt that has been seen, in the life it was seen in. */
    private final Map<String, Delivered> latest = new HashMap<>();

    /** By event and life and attempt: the token of that lease. */
    private final Map<String, String> holders = new HashMap<>();

    /** By event: the lease under which its acknowledgement was taken. */
    private final Map<String, Delivered> taken = new HashMap<>();

    /** By token: the latest attempt that had been seen when its acknowledgement was first sent. */
    private final Map<String, Delivered> latestWhenSent = new HashMap<>();

    private final Set<String> asked = new HashSet<>();

    LeaseChecker(List<Operation> history, List<Line> log, List<Violation> violations) {
        this.history = history;
        this.log = log;
        this.violations = violations;
    }

    private void violated(Rule rule, Object what) {
        violations.add(new Violation(rule, String.valueOf(what)));
    }

    void check() {
        boolean group = false;
        Set<String> stored = new HashSet<>();
        log.forEach(line -> stored.add(line.id()));
        for (Operation operation : history) {
            switch (operation) {
                case Delivered delivered -> {
                    group = true;
                    if (!stored.contains(delivered.line().id())) {
                        violated(Rule.HEARD_AND_LOST, delivered);
                    }
                    delivered(delivered);
                }
                case AckSent(String token) -> sent(token);
                case AckTaken(String token) -> taken(token);
                default -> {}
            }
        }
        if (group) {
            checkDone();
        }
    }

    private void delivered(Delivered delivery) {
        String id = delivery.line().id();
        leases.putIfAbsent(delivery.token(), delivery);
        String lease = id + " " + delivery.life() + " " + delivery.attempt();
        String holder = holders.putIfAbsent(lease, delivery.token());
        if (holder != null) {
            violated(Rule.TWO_HOLDERS, delivery + " and " + leases.get(holder));
        }
        Delivered done = taken.get(id);
        if (done != null && isLater(delivery, done)) {
            violated(Rule.AFTER_ACK, delivery + " after " + done);
        }
        Delivered before = latest.get(id);
        if (before == null || isLater(delivery, before)) {
            latest.put(id, delivery);
        }
    }

    private void sent(String token) {
        Delivered lease = leases.get(token);
        if (lease != null) {
            asked.add(lease.line().id());
            latestWhenSent.putIfAbsent(token, latest.get(lease.line().id()));
        }
    }

    private void taken(String token) {
        Delivered lease = leases.get(token);
        if (lease == null) {
            return;
        }
        String id = lease.line().id();
        Delivered known = latestWhenSent.get(token);
        if (known != null && isLater(known, lease)) {
            violated(Rule.STALE_TAKEN, lease + " though there was " + known);
        }
        Delivered done = taken.putIfAbsent(id, lease);
        if (done != null && !done.token().equals(token)) {
            violated(Rule.TWO_ACKS, done + " and " + lease);
        }
    }

    private static boolean isLater(Delivered one, Delivered other) {
        return one.life() > other.life() || one.life() == other.life() && one.attempt() > other.attempt();
    }

    private void checkDone() {
        for (Line line : log) {
            if (!latest.containsKey(line.id())) {
                violated(Rule.NEVER_LEASED, line);
            } else if (!asked.contains(line.id())) {
                violated(Rule.NOT_DONE, line);
            }
        }
    }
}
