package com.busdk.workers.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class StaticMachineTest {
    private static final Duration START_TIME = Duration.ofSeconds(2);
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    private static VmState state(StaticMachine machine, int seconds) {
        return machine.state(T0.plusSeconds(seconds), START_TIME);
    }

    @Test
    void shouldGoThroughItsStates() {
        StaticMachine machine = StaticMachine.STOPPED.started(T0);

        assertEquals(VmState.STOPPED, state(StaticMachine.STOPPED, 0));
        assertEquals(VmState.STARTING, state(machine, 0));
        assertEquals(VmState.STARTING, state(machine, 1));
        assertEquals(VmState.READY, state(machine, 2));
        assertEquals(VmState.STOPPED, state(machine.stopped(), 3));
    }

    @Test
    void shouldNotStartAgainWhatWasStarted() {
        StaticMachine machine = StaticMachine.STOPPED.started(T0).started(T0.plusSeconds(10));

        assertEquals(VmState.READY, state(machine, 10));
    }
}
