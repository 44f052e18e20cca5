package com.busdk.client.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ConsumerNameTest {
    @Test
    void shouldBeHostAndProcessInAllowedLetters() {
        assertEquals("vm-1.example-4711", ConsumerName.of("vm-1.example\n", 4711));
        assertEquals("h--ho-1", ConsumerName.of("h ßho", 1));
        assertEquals(64, ConsumerName.of("x".repeat(300), 4711).length());
        assertTrue(ConsumerName.of("x".repeat(300), 4711).endsWith("x-4711"));
    }

    @Test
    void shouldTakeTheHostNameOfTheEnvironment() {
        assertEquals(
                "some-host-" + ProcessHandle.current().pid(),
                ConsumerName.ofThisProcess(Map.of("HOSTNAME", "some-host")));
    }
}
