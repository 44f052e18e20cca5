package com.busdk.broker.http.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The list over time, which the test moves. */
class DeadlinesTest {
    private long millis;
    private final List<Long> delays = new ArrayList<>();
    private final List<Handler<Long>> timers = new ArrayList<>();
    private final List<String> late = new ArrayList<>();

    private final Deadlines deadlines = new Deadlines(
            vertx(), Duration.ofSeconds(60), () -> Duration.ofMillis(millis).toNanos());

    /** Has timers alone, which are told by {@link #at}. */
    @SuppressWarnings("unchecked")
    private Vertx vertx() {
        return (Vertx) Proxy.newProxyInstance(
                Vertx.class.getClassLoader(), new Class<?>[] {Vertx.class}, (_, method, arguments) -> {
                    if (!method.getName().equals("setTimer")) {
                        throw new AssertionError(method);
                    }
                    delays.add((Long) arguments[0]);
                    timers.add((Handler<Long>) arguments[1]);
                    return (long) timers.size();
                });
    }

    private Deadlines.Entry entry(String name, boolean goesOn) {
        return new Deadlines.Entry() {
            @Override
            void late() {
                late.add(name);
                if (goesOn) {
                    deadlines.begin(this);
                }
            }
        };
    }

    /** The newest timer fires, at that time. */
    private void at(long now) {
        millis = now;
        timers.getLast().handle(0L);
    }

    /** One that goes on when its time is over has a new one; those behind it have no more of theirs for that. */
    @Test
    void shouldGiveEachItsTimeAlsoBehindOneThatGoesOn() {
        deadlines.begin(entry("goes on", true));
        millis = 1_000;
        deadlines.begin(entry("ends", false));
        assertEquals(List.of(60_000L), delays, "one timer for all");
        at(60_000);
        assertEquals(List.of("goes on"), late);
        assertEquals(List.of(60_000L, 1_000L), delays);
        at(61_000);
        assertEquals(List.of("goes on", "ends"), late);
        assertEquals(List.of(60_000L, 1_000L, 59_000L), delays);
        at(120_000);
        assertEquals(List.of("goes on", "ends", "goes on"), late);
        assertEquals(4, timers.size());
    }

    @Test
    void shouldHaveNoTimerWhereNothingIsUnderWay() {
        Deadlines.Entry one = entry("one", false);
        deadlines.begin(one);
        deadlines.end(one);
        at(60_000);
        assertEquals(List.of(), late);
        assertEquals(1, timers.size());
        deadlines.begin(one);
        assertEquals(2, timers.size());
    }
}
