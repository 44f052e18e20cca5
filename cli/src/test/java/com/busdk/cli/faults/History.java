package com.busdk.cli.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** All that clients did and saw, in the order of one clock. Any thread. */
final class History {
    /** A run that has more is too long for what the checker holds in memory. */
    private static final int MOST = 5_000_000;

    private final List<Operation> operations = new ArrayList<>();
    private int accepted;
    private int acked;
    private int heard;

    /** What is about to be done is added before, what was seen or answered behind it. */
    synchronized void add(Operation operation) {
        if (operations.size() == MOST) {
            throw new IllegalStateException("a history has at most " + MOST + " operations: run fewer rounds");
        }
        operations.add(operation);
        switch (operation) {
            case Operation.Accepted _ -> accepted++;
            case Operation.AckTaken _ -> acked++;
            case Operation.Heard _ -> heard++;
            default -> {}
        }
        notifyAll();
    }

    /** How far a run has come. */
    record Progress(int accepted, int acked, int heard) {
        boolean hasReached(Progress other) {
            return accepted >= other.accepted && acked >= other.acked && heard >= other.heard;
        }

        Progress plus(int more) {
            return new Progress(accepted + more, acked + more, heard + more);
        }
    }

    synchronized Progress progress() {
        return new Progress(accepted, acked, heard);
    }

    /** Waits until it is so; false if it is not within that time. */
    synchronized boolean await(Predicate<Progress> wanted, long millis) throws InterruptedException {
        long end = System.nanoTime() + millis * 1_000_000;
        while (!wanted.test(progress())) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    synchronized List<Operation> operations() {
        return List.copyOf(operations);
    }
}
