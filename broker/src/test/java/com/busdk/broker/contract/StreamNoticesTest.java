package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.RunningService;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Empty lines and control lines between the envelopes, for those who asked for them. */
class StreamNoticesTest extends ContractSuite {
    @Test
    void shouldSendAnEmptyLineWhenIdle() {
        try (EventStream stream = caller.listen("name=" + name + "&heartbeat=1s")) {
            assertEquals("", stream.line());
            assertEquals("", stream.line());
            String id = caller.send(name, "1");
            String line = stream.line();
            while (line.isEmpty()) {
                line = stream.line();
            }
            assertEquals(id, new Event(line).id());
            assertEquals("", stream.line(), "and goes on");
        }
    }

    @Test
    void shouldSendAnEmptyLineWhenAGroupIsIdle() {
        try (EventStream stream = caller.listen("name=" + name + "&delivery=unicast&ack=explicit&heartbeat=1s")) {
            assertEquals("", stream.line());
        }
    }

    @Test
    void shouldSayWhenItHasCaughtUp() {
        caller.sendNumbers(name, 0, 2_000);
        try (EventStream stream = caller.listen("name=" + name + "&replay=true&notices=true")) {
            stream.next(2_000);
            Event notice = new Event(stream.line());
            assertEquals("caught_up", notice.text("notice"));
            assertFalse(notice.has("name"), "nobody takes a notice for an envelope");
            caller.send(name, "\"live\"");
            assertEquals("\"live\"", stream.next().payload());
        }
    }

    @Test
    void shouldSayThatItHasCaughtUpAlsoWhereThereIsNoHistory() {
        try (EventStream stream = caller.listen("name=" + name + "&replay=true&notices=true")) {
            assertEquals("caught_up", new Event(stream.line()).text("notice"));
        }
    }

    @Test
    void shouldSendNothingButEnvelopesToWhomDoesNotAsk() {
        RunningService own = freshPlan().start();
        try {
            // One process: it has what it acknowledged, and what another did, it may not have when it stops.
            Caller publisher = own.service().toOneProcess();
            publisher.sendNumbers(name, 0, 100);
            EventStream stream = publisher.listen("name=" + name + "&replay=true");
            stream.next(100);
            publisher.send(name, "100");
            own.close();
            List<String> rest = stream.restOfLines();
            assertEquals(1, rest.size(), () -> "beyond the last event: " + rest);
            assertEquals("100", new Event(rest.getFirst()).payload());
        } finally {
            own.close();
        }
    }

    @Test
    void shouldSayThatTheServiceCloses() {
        RunningService own = freshPlan().start();
        try (EventStream stream = own.service().listen("name=" + name + "&notices=true")) {
            own.close();
            stream.notice("closing");
            stream.expectEnd();
        } finally {
            own.close();
        }
    }

    @Test
    void shouldSayNothingAfterALimitIsReached() {
        caller.sendNumbers(name, 0, 3);
        try (EventStream stream = caller.listen("name=" + name + "&replay=true&limit=2&notices=true")) {
            List<String> lines = stream.restOfLines();
            assertEquals(
                    2,
                    lines.stream().filter(line -> line.contains("\"payload\"")).count());
            assertTrue(lines.getLast().contains("\"payload\""), () -> "the last line is an event: " + lines);
        }
    }
}
