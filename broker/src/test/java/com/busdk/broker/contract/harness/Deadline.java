package com.busdk.broker.contract.harness;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** Waiting with an end: for what has to come, and fails the test where it does not. */
public final class Deadline {
    /** How long anything may take that has to come; far more than it takes, since only a broken service waits so long. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private Deadline() {}

    /** Asks again until the answer is as wanted, and gives that answer back. */
    public static <T> T until(String what, Callable<T> question, Predicate<T> wanted) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            T answer = ask(question);
            if (wanted.test(answer)) {
                return answer;
            }
            if (System.nanoTime() - end > 0) {
                return fail("waited in vain for " + what + "; at the end it was " + answer);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Asks again until it is so. */
    public static void until(String what, Callable<Boolean> question) {
        until(what, question, answer -> answer);
    }

    private static <T> T ask(Callable<T> question) {
        try {
            return question.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
