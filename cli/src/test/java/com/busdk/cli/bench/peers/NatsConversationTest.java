package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

@SuppressWarnings("StringConcatToTextBlock") // the line ends of the protocol stand out as they are
class NatsConversationTest {
    private static final String INFO = "INFO {\"server_id\":\"N\"}\r\n";

    /** Writes down what it is told. */
    private static final class Recording extends NatsConversation {
        private final List<String> told = new ArrayList<>();

        @Override
        void begin() {
            accept();
        }

        @Override
        void ponged() {
            told.add("pong");
        }

        @Override
        void answered(byte[] bytes, int length) {
            told.add("answer " + new String(bytes, 0, length, StandardCharsets.US_ASCII));
        }

        @Override
        void event(byte[] control, int fromReply, int toReplyExclusive) {
            told.add(
                    "event " + new String(control, fromReply, toReplyExclusive - fromReply, StandardCharsets.US_ASCII));
        }

        @Override
        void status(int code, String text, String reply) {
            told.add("status " + code + " " + reply + " " + text.strip());
        }
    }

    @Test
    void shouldGreetTheServerOnceItHasSpokenAndWaitForItsPong() {
        var conversation = new Recording();
        var wire = new Wire(conversation);
        assertEquals("", wire.heard());
        wire.say(INFO);
        String greeting = wire.heard();
        assertTrue(greeting.startsWith("CONNECT {") && greeting.endsWith("}\r\nPING\r\n"), greeting);
        assertFalse(conversation.greeted().isDone());
        wire.say("PONG\r\n");
        assertTrue(conversation.greeted().isDone());
        wire.say(INFO + "PONG\r\n");
        assertEquals("", wire.heard(), "it greets once");
        assertEquals(List.of("pong"), conversation.told);
    }

    @Property(tries = 100)
    void shouldTellAnswersEventsAndStatusesApartHoweverTheyArrive(@ForAll @IntRange(min = 1, max = 40) int piece) {
        var conversation = new Recording();
        var wire = new Wire(conversation);
        String all = "MSG _INBOX.a 1  5\r\nhello\r\n"
                + "MSG ex.a 2 $JS.ACK.s.g.1 7\r\nMSG x 1\r\n"
                + "MSG ex.a 2 0\r\n\r\n"
                + "HMSG _L 2 reply.to 12 12\r\nNATS/1.0 100\r\n"
                + "+OK\r\nMSG _INBOX.a 1 2\r\nhi\r\n";
        for (int from = 0; from < all.length(); from += piece) {
            wire.say(all.substring(from, Math.min(all.length(), from + piece)));
        }
        assertEquals(
                List.of(
                        "answer hello",
                        "event $JS.ACK.s.g.1",
                        "event ",
                        "status 100 reply.to NATS/1.0 100",
                        "answer hi"),
                conversation.told);
    }

    @Test
    void shouldAnswerTheServersPing() {
        var wire = new Wire(new Recording());
        wire.say("PING\r\n");
        assertEquals("PONG\r\n", wire.heard());
    }

    @Test
    void shouldEndWithWhatTheServerComplainsAbout() {
        var conversation = new Recording();
        var wire = new Wire(conversation);
        wire.say("-ERR 'Stale Connection'\r\n");
        assertTrue(Wire.failure(conversation).contains("Stale Connection"));
        assertFalse(wire.isOpen());
    }

    @Test
    void shouldEndWhereSomebodySpeaksAnotherProtocol() {
        var conversation = new Recording();
        new Wire(conversation).say("MSG a\r\n");
        assertTrue(Wire.failure(conversation).contains("too few words"));
        var other = new Recording();
        new Wire(other).say("hello\n");
        assertTrue(Wire.failure(other).contains("protocol of NATS"));
    }
}
