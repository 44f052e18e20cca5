package com.busdk.broker.http.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.busdk.client.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuestionsTest {
    private final Questions questions = new Questions();
    private final List<Promise<String>> begun = new ArrayList<>();

    private Future<String> ask(String who) {
        return questions.ask(who, () -> {
            Promise<String> answer = Promise.promise();
            begun.add(answer);
            return answer.future();
        });
    }

    @Test
    void shouldAskAFewAtATimeAndTheOthersInTurn() {
        List<Future<String>> answers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            answers.add(ask("alice"));
        }
        assertEquals(4, begun.size());
        begun.get(2).complete("third");
        assertEquals(5, begun.size());
        assertEquals("third", answers.get(2).result());
        begun.get(4).fail("no");
        assertEquals(6, begun.size());
        assertEquals("no", answers.get(4).cause().getMessage());
    }

    @Test
    void shouldKeepRoomForOthers() {
        for (int i = 0; i < 104; i++) {
            ask("alice");
        }
        assertEquals(429, assertThrows(ApiException.class, () -> ask("alice")).status());
        Future<String> other = ask("bob");
        begun.getFirst().complete("done");
        ask("alice"); // one fewer of hers waits
        assertEquals(429, assertThrows(ApiException.class, () -> ask("alice")).status());
        for (int i = 1; i < begun.size(); i++) {
            begun.get(i).complete("done");
        }
        assertEquals("done", other.result());
    }

    @Test
    void shouldHaveABoundForAllTogether() {
        for (int i = 0; i < 1_004; i++) {
            ask("user-" + i / 100);
        }
        assertEquals(
                503, assertThrows(ApiException.class, () -> ask("somebody")).status());
    }
}
