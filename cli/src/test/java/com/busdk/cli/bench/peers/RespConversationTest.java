package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RespConversationTest {
    /** Writes down what it is told. */
    private static final class Recording extends RespConversation {
        private final List<String> told = new ArrayList<>();

        @Override
        void begin() {
            accept();
        }

        @Override
        void number(long value) {
            told.add("number " + value);
        }

        @Override
        void text(int nesting, long index, byte[] bytes, int length) {
            told.add(nesting + "." + index + " " + new String(bytes, 0, length, StandardCharsets.US_ASCII));
        }

        @Override
        void replied() {
            told.add("reply");
        }
    }

    @Property(tries = 100)
    void shouldKnowWhereInAReplyATextIsHoweverItArrives(@ForAll @IntRange(min = 1, max = 40) int piece) {
        var conversation = new Recording();
        var wire = new Wire(conversation);
        String event = "x".repeat(200);
        String all = "*1\r\n*2\r\n$1\r\ns\r\n*2\r\n"
                + "*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\ne\r\n$200\r\n" + event + "\r\n"
                + "*2\r\n$3\r\n2-0\r\n*2\r\n$1\r\ne\r\n$0\r\n\r\n"
                + ":7\r\n$-1\r\n*-1\r\n*0\r\n+OK\r\n$3\r\n3-0\r\n";
        for (int from = 0; from < all.length(); from += piece) {
            wire.say(all.substring(from, Math.min(all.length(), from + piece)));
        }
        assertEquals(
                List.of(
                        "2.0 s",
                        "4.0 1-0",
                        "5.0 e",
                        "4.0 2-0",
                        "5.0 e",
                        "5.1 ",
                        "reply",
                        "number 7",
                        "reply",
                        "reply",
                        "reply",
                        "reply",
                        "reply",
                        "0.0 3-0",
                        "reply"),
                conversation.told);
    }

    @Test
    void shouldEndWithTheErrorOfTheServer() {
        var conversation = new Recording();
        new Wire(conversation).say("-NOGROUP No such key\r\n");
        assertTrue(Wire.failure(conversation).contains("the server refused: NOGROUP No such key"));
    }

    @Test
    void shouldEndWhereRepliesNestWithoutEnd() {
        var conversation = new Recording();
        new Wire(conversation).say("*1\r\n".repeat(9));
        assertTrue(Wire.failure(conversation).contains("nests too deep"));
    }

    @Test
    void shouldEndWhereSomebodySpeaksAnotherProtocol() {
        var conversation = new Recording();
        new Wire(conversation).say("HTTP/1.1 400 Bad Request\r\n");
        assertTrue(Wire.failure(conversation).contains("does not speak RESP"));
    }

    @Test
    void shouldSayHowLongEachWordOfACommandIs() {
        byte[] command = RespConversation.command("XADD", "s", "*", "e", new byte[] {'{', '}'});
        assertEquals(
                "*5\r\n$4\r\nXADD\r\n$1\r\ns\r\n$1\r\n*\r\n$1\r\ne\r\n$2\r\n{}\r\n",
                new String(command, StandardCharsets.US_ASCII));
    }
}
