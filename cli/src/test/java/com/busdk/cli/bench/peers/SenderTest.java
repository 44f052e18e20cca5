package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.Pace;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SenderTest {
    private static final long FAR = Long.MAX_VALUE / 4;
    private static final Topic TOPIC = Topic.of("s", 1, 100);

    /** A publisher whose events are a letter each. */
    private static final class Letters extends Conversation implements Publishing {
        private final boolean each;
        private final Messages messages = new Messages(TOPIC.lines(), 100, _ -> new byte[] {'e'});

        Letters(boolean each) {
            this.each = each;
        }

        @Override
        void begin() {
            accept();
        }

        @Override
        void read(ByteBuf buffer) {
            follower().acknowledged(buffer.readableBytes());
        }

        @Override
        public Conversation conversation() {
            return this;
        }

        @Override
        public boolean acknowledgesEach() {
            return each;
        }

        @Override
        public ByteBuf events(long from, int count) {
            return messages.of(from, count);
        }
    }

    @Test
    void shouldHaveNoMoreOutThanItsWindow() {
        var letters = new Letters(true);
        var wire = new Wire(letters);
        long now = System.nanoTime();
        var sender = new Sender(letters, 4, 3, Limit.until(now, now + FAR, 10));
        sender.start();
        assertEquals("eeee", wire.heard());
        wire.say("aa");
        assertEquals("ee", wire.heard());
        wire.say("aaaa");
        assertEquals("eeee", wire.heard());
        assertFalse(sender.done().isDone());
        wire.say("aaaa");
        assertEquals("", wire.heard());
        assertEquals(10, sender.done().join());
        assertEquals(10, sender.latency().getTotalCount());
    }

    @Test
    void shouldNotWaitWhereNothingIsAcknowledgedBeforeTheEnd() {
        var letters = new Letters(false);
        var wire = new Wire(letters);
        long now = System.nanoTime();
        var sender = new Sender(letters, 4, 3, Limit.until(now, now + FAR, 10));
        sender.start();
        assertEquals("e".repeat(10), wire.heard());
        assertFalse(sender.done().isDone());
        wire.say("a".repeat(10));
        assertEquals(10, sender.done().join());
    }

    @Test
    void shouldSendNothingThatIsNotDueYet() {
        var letters = new Letters(true);
        var wire = new Wire(letters);
        long now = System.nanoTime();
        var limit = new Limit(now, now + FAR, 100, Pace.of(1e-6, now), () -> Long.MAX_VALUE);
        new Sender(letters, 100, 100, limit).start();
        assertEquals("e", wire.heard());
    }

    @Test
    void shouldEndWhatIsPacedWhenAllIsSentThatWasDue() {
        var pace = new Pace(1_000, 10);
        var limit = new Limit(1_000, 1_100, Long.MAX_VALUE, pace, () -> Long.MAX_VALUE);
        assertEquals(0, limit.allowed(999));
        assertEquals(1, limit.allowed(1_000));
        assertEquals(6, limit.allowed(1_050));
        assertEquals(10, limit.allowed(5_000), "no more than were due before the end");
        assertFalse(limit.isOver(9, 5_000), "what was due is sent, however late");
        assertTrue(limit.isOver(10, 1_050));
        assertTrue(limit.isOver(3, 20_000_000_000L), "but not for ever");
        assertTrue(Limit.until(0, 100, 5).isOver(5, 1));
        assertTrue(Limit.until(0, 100, 5).isOver(1, 100));
    }

    @Test
    void shouldTakeNamesInTurnAcrossBatches() {
        var lines = new EventLines(List.of("ex.a", "ex.b", "ex.c"), 100);
        var messages = new Messages(lines, 2, name -> new byte[] {(byte) ('a' + name)});
        assertEquals("bca", messages.of(4, 3).toString(StandardCharsets.US_ASCII));
        var one = new Messages(TOPIC.lines(), 2, _ -> new byte[] {'x'});
        assertEquals("xx", one.of(7, 2).toString(StandardCharsets.US_ASCII));
    }
}
