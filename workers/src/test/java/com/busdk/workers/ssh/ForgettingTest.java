package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.workers.ssh.NotBegunException.Cause;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ForgettingTest {
    private static final Endpoint MACHINE = new Endpoint("192.0.2.7", 22, "root");
    private static final Endpoint OTHER = new Endpoint("192.0.2.8", 22, "root");

    private final Set<String> removed = ConcurrentHashMap.newKeySet();
    private final AtomicInteger atATime = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final CountDownLatch gate = new CountDownLatch(1);

    private boolean remove(Endpoint endpoint, Attempt attempt, Deadline deadline, StopWish stop)
            throws InterruptedException {
        most.accumulateAndGet(atATime.incrementAndGet(), Math::max);
        gate.await();
        atATime.decrementAndGet();
        removed.add(attempt.run() + '@' + endpoint.host());
        return true;
    }

    @Test
    void shouldForgetOnceAndOnlyWhatWasKept() throws Exception {
        gate.countDown();
        Forgetting forgetting = new Forgetting(this::remove);
        forgetting.keep("a", List.of(MACHINE, OTHER));
        forgetting.keep("b", List.of());
        forgetting.keep("c", List.of(MACHINE));
        forgetting.forget("a");
        forgetting.forget("b");
        forgetting.forget("unknown");
        forgetting.close(Duration.ofSeconds(30));
        assertEquals(Set.of("a@192.0.2.7", "a@192.0.2.8"), removed);
    }

    @Test
    void shouldForgetFewAtATimeAndLetNoMoreWaitThanItMay() throws Exception {
        Forgetting forgetting = new Forgetting(this::remove);
        int all = Forgetting.MAX_WAITING + 50;
        for (int i = 0; i < all; i++) {
            forgetting.keep("run-" + i, List.of(MACHINE));
        }
        for (int i = 0; i < all; i++) {
            forgetting.forget("run-" + i);
        }
        gate.countDown();
        forgetting.close(Duration.ofSeconds(30));
        assertTrue(most.get() <= Forgetting.AT_A_TIME, "at a time: " + most);
        assertTrue(removed.size() >= Forgetting.MAX_WAITING, "forgotten: " + removed.size());
        assertTrue(removed.size() <= Forgetting.MAX_WAITING + Forgetting.AT_A_TIME, "forgotten: " + removed.size());
    }

    @Test
    void shouldRememberOnlySoManyAnswers() throws Exception {
        gate.countDown();
        Forgetting forgetting = new Forgetting(this::remove);
        for (int i = 0; i <= Forgetting.MAX_ANSWERED; i++) {
            forgetting.keep("run-" + i, List.of(MACHINE));
        }
        forgetting.forget("run-0");
        forgetting.forget("run-1");
        forgetting.close(Duration.ofSeconds(30));
        assertEquals(Set.of("run-1@192.0.2.7"), removed);
    }

    @Test
    void shouldGoOnAfterAMachineThatCannotBeAsked() throws Exception {
        gate.countDown();
        Forgetting forgetting = new Forgetting((endpoint, attempt, deadline, stop) -> {
            if (attempt.run().equals("bad")) {
                throw new IllegalStateException("broken");
            }
            if (endpoint.equals(MACHINE)) {
                throw new NotBegunException(Cause.UNREACHABLE, "it is away");
            }
            return remove(endpoint, attempt, deadline, stop);
        });
        for (String id : List.of("bad", "good")) {
            forgetting.keep(id, List.of(MACHINE, OTHER));
            forgetting.forget(id);
        }
        forgetting.close(Duration.ofSeconds(30));
        assertEquals(Set.of("good@192.0.2.8"), removed);
    }

    @Test
    void shouldNotWaitForMachinesLongerThanItMayWhenItIsClosed() throws Exception {
        Forgetting forgetting = new Forgetting(this::remove);
        forgetting.keep("a", List.of(MACHINE));
        forgetting.keep("b", List.of(MACHINE));
        forgetting.forget("a");
        forgetting.close(Duration.ofMillis(10));
        forgetting.forget("b");
        gate.countDown();
        forgetting.close(Duration.ofSeconds(30));
        assertFalse(removed.contains("b@192.0.2.7"));
    }
}
