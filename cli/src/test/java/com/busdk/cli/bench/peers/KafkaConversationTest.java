package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.bench.peers.KafkaConversation.Api;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class KafkaConversationTest {
    /** Passes over as many bytes as the number of an answer says, and writes down the next four and what is left then. */
    private static final class Recording extends KafkaConversation {
        private final List<String> told = new ArrayList<>();

        @Override
        void begin() {
            accept();
        }

        @Override
        void answering(int number) {
            told.add("number " + number);
            if (left() > 0) {
                next(number, 4);
            }
        }

        @Override
        void part(ByteBuffer bytes) {
            told.add(KafkaFields.latin(KafkaFields.raw(bytes, 4)) + " and " + left());
            assertFalse(bytes.hasRemaining());
            next(left(), 0);
        }

        @Override
        void answered() {
            told.add("answer");
        }
    }

    private static String answer(int number, String body) {
        return new KafkaFields()
                .i32(number)
                .raw(body.getBytes(StandardCharsets.US_ASCII))
                .message();
    }

    @Property(tries = 100)
    void shouldReadAnswersPartByPartHoweverTheyArrive(@ForAll @IntRange(min = 1, max = 40) int piece) {
        var conversation = new Recording();
        var wire = new Wire(conversation);
        String all = answer(0, "abcd")
                + answer(3, "___efgh")
                + answer(9, "")
                + answer(0, "ijkl" + "_".repeat(70))
                + answer(30, "_".repeat(30) + "mnop" + "_".repeat(3));
        for (int from = 0; from < all.length(); from += piece) {
            wire.say(all.substring(from, Math.min(all.length(), from + piece)));
        }
        assertEquals(
                List.of(
                        "number 0",
                        "abcd and 0",
                        "answer",
                        "number 3",
                        "efgh and 0",
                        "answer",
                        "number 9",
                        "answer",
                        "number 0",
                        "ijkl and 70",
                        "answer",
                        "number 30",
                        "mnop and 3",
                        "answer"),
                conversation.told);
    }

    @Test
    void shouldEndWhereAnAnswerIsShorterThanWhatItHasToSay() {
        var conversation = new Recording();
        new Wire(conversation).say(answer(2, "abcde"));
        assertTrue(Wire.failure(conversation).contains("does not speak the protocol of Kafka"));
    }

    @Test
    void shouldEndWhereAnAnswerIsShorterThanItsHead() {
        var conversation = new Recording();
        new Wire(conversation).say("\0\0\0\2ab\0\0");
        assertTrue(Wire.failure(conversation).contains("does not speak the protocol of Kafka"));
    }

    @Test
    void shouldEndWhereSomebodySpeaksAnotherProtocolInsteadOfKeepingAllOfIt() {
        var conversation = new KafkaConversation() {
            @Override
            void begin() {
                accept();
            }

            @Override
            void answering(int number) {
                next(0, left());
            }

            @Override
            void part(ByteBuffer bytes) {
                accept();
            }
        };
        new Wire(conversation).say("HTTP/1.1 400 Bad Request\r\n");
        assertTrue(Wire.failure(conversation).contains("more than 1048576 bytes"));
    }

    @Test
    void shouldSayHowLongARequestIsAndWhatItAsks() {
        byte[] request = KafkaConversation.bytes(KafkaConversation.text(KafkaConversation.request(Api.FETCH, 7), "ab"));
        String expected = new KafkaFields()
                .i16(1)
                .i16(4)
                .i32(7)
                .text("bus-bench")
                .text("ab")
                .message();
        assertEquals(expected, KafkaFields.latin(request));
    }
}
