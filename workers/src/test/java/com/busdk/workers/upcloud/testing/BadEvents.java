package com.busdk.workers.upcloud.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.event.EventName;
import com.busdk.client.events.EventsClient;
import com.busdk.client.worker.WorkerStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * The bad-input suite of the request events: what every request refuses whatever it asks for, and the rows that one has for
 * itself. Each row is answered with an error event, and a good request after them with a good answer.
 */
public final class BadEvents {
    /** As deep as an event may be, less what its envelope takes (the Events API bounds the whole of it). */
    private static final int DEEP = 480;

    /** As long as an event may be, less what its envelope takes. */
    private static final int HUGE = 1_000_000;

    /** An error is a sentence, whatever it is about. */
    private static final int LONGEST_MESSAGE = 1_000;

    private static final List<String> NO_OBJECTS = List.of(
            "7",
            "-1.5e300",
            "true",
            "\"\"",
            "\"bus\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "[]",
            "[{}]",
            "[null]",
            "[\"\\u0000\"]",
            "[".repeat(DEEP) + "]".repeat(DEEP),
            "[" + "0,".repeat(HUGE / 2 - 1) + "0]",
            "\"" + "x".repeat(HUGE) + "\"");

    private BadEvents() {}

    /** A payload, and the type of the error that it is answered with. */
    public record Row(String payload, String type) {}

    /**
     * What one request gets.
     *
     * @param name the request
     * @param bare whether it says all with its name, so that it needs no payload and takes any object
     * @param wrong objects that it refuses as {@code bad_request}
     * @param more further rows
     * @param good what it takes; empty where nobody answers that
     * @param goodType the error that what is good is answered with, empty where it is none
     */
    public record Question(
            String name, boolean bare, List<String> wrong, List<Row> more, String good, String goodType) {
        /** A request without a payload. */
        public static Question bare(String name) {
            return new Question(name, true, List.of(), List.of(), "{}", "");
        }

        /** The same where this kind of worker does not do it. */
        public Question refusedAs(String type) {
            return new Question(name, bare, wrong, more, good, type);
        }

        /** A request that is all right with an object or nothing, but for those rows. */
        public static Question lenient(String name, List<String> wrong) {
            return new Question(name, true, wrong, List.of(), "{}", "");
        }

        /** A request that needs its payload. */
        public static Question strict(String name, String good, List<String> wrong, Row... more) {
            return new Question(name, false, wrong, List.of(more), good, "");
        }

        private List<Row> rows() {
            List<Row> rows = new ArrayList<>();
            NO_OBJECTS.forEach(payload -> rows.add(bad(payload)));
            wrong.forEach(payload -> rows.add(bad(payload)));
            rows.addAll(more);
            if (!bare) {
                rows.add(bad("null"));
                rows.add(bad("{}"));
                rows.add(bad("{\"nobody\":\"knows\"}"));
                rows.add(bad(nested()));
            }
            return rows;
        }

        private static Row bad(String payload) {
            return new Row(payload, "bad_request");
        }
    }

    /** An object that nobody knows, as deep as may be. */
    private static String nested() {
        return "{\"a\":".repeat(DEEP) + "0" + "}".repeat(DEEP);
    }

    /** The rows of all questions as tests, with a good request after the rows of each. */
    public static Stream<DynamicTest> tests(Stack stack, Stack.Started worker, Question... questions) {
        EventsClient asker = stack.administrator();
        List<DynamicTest> tests = new ArrayList<>();
        for (Question question : questions) {
            for (Row row : question.rows()) {
                tests.add(DynamicTest.dynamicTest(question.name() + " " + shown(row.payload()), () -> {
                    Envelope answer = Await.await(stack.ask(asker, question.name(), row.payload()));
                    assertEquals(EventName.responseTo(question.name()), answer.name());
                    assertRefused(row.type(), answer.error());
                    assertFalse(worker.run().ended().isComplete(), "the worker is dead");
                }));
            }
            tests.add(DynamicTest.dynamicTest(question.name() + " afterwards", () -> {
                List<String> good =
                        question.bare() ? List.of(question.good(), "null", nested()) : List.of(question.good());
                for (String payload : question.good().isEmpty() ? List.<String>of() : good) {
                    EventError error = Await.await(stack.ask(asker, question.name(), payload))
                            .error();
                    assertEquals(question.goodType(), error == null ? "" : error.type(), () -> String.valueOf(error));
                }
                stack.until(() -> worker.run().statuses().stream().allMatch(BadEvents::idle));
            }));
        }
        return tests.stream();
    }

    private static void assertRefused(String type, EventError error) {
        assertNotNull(error, "it was answered as if it were right");
        assertEquals(type, error.type(), error.message());
        assertFalse(error.message().isBlank());
        assertTrue(error.message().length() <= LONGEST_MESSAGE, "the payload is not repeated");
        assertFalse(error.message().chars().anyMatch(Character::isISOControl), error.message());
    }

    private static boolean idle(WorkerStatus status) {
        return status.connected() && status.inHand() == 0;
    }

    private static String shown(String payload) {
        return payload.length() <= 60 ? payload : payload.substring(0, 40) + "… (" + payload.length() + ")";
    }
}
