package com.busdk.gateway.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.events.ListenOptions;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How far back a provider reads: as far as any other, however long events are kept. */
class ContainersProviderHistoryTest {
    @Test
    void shouldReadAllThatIsRetainedWhenItStarts() {
        ListenOptions first = ContainersProvider.listen(Optional.empty());
        assertTrue(first.replay());
        assertNull(first.since());
        assertTrue(first.follow());
        assertEquals(RunBook.NAMES, first.names());
    }

    @Test
    void shouldGoOnWhereItWas() {
        ListenOptions again = ContainersProvider.listen(Optional.of("evt_6b0265146ab200000000000001"));
        assertEquals("evt_6b0265146ab200000000000001", again.after());
        assertFalse(again.replay());
    }
}
