package com.busdk.client.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListenOptionsTest {
    @Test
    void shouldRefuseAcknowledgementWithoutAGroup() {
        assertThrows(
                IllegalArgumentException.class,
                () -> ListenOptions.of("a.b").explicitAck().build());
        assertThrows(
                IllegalArgumentException.class,
                () -> ListenOptions.of("a.b").orderedByKey().build());
        assertThrows(
                IllegalArgumentException.class,
                () -> ListenOptions.of("a.b")
                        .unicast("g", "c")
                        .ackWait(Duration.ofSeconds(1))
                        .build());
    }

    @Test
    void shouldRefuseAPositionOrAFilterInAGroup() {
        assertThrows(
                IllegalArgumentException.class,
                () -> ListenOptions.of("a.b")
                        .unicast("g", "c")
                        .correlationId("c-1")
                        .build());
        assertThrows(
                IllegalArgumentException.class,
                () -> ListenOptions.of("a.b").unicast("g", "c").after("evt_1").build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ä", "a b", "a/b"})
    void shouldRefuseGroupsThatTheServiceWouldRefuse(String group) {
        assertThrows(
                IllegalArgumentException.class,
                () -> ListenOptions.of("a.b").unicast(group, "c").build());
    }

    @Test
    void shouldRefuseNoNameAndBadNamesButTakePatterns() {
        assertThrows(
                IllegalArgumentException.class,
                () -> ListenOptions.of(List.of()).build());
        assertThrows(
                IllegalArgumentException.class, () -> ListenOptions.of("Ping").build());
        assertEquals(
                List.of("bus.vm.*", ">"),
                ListenOptions.of("bus.vm.*", ">").build().names());
    }
}
