package com.busdk.broker.http.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.busdk.client.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private final Turns turns = new Turns();

    @Test
    void shouldAnswerSoManyQuestionsOfAUserAtATime() {
        Promise<String> first = Promise.promise();
        Promise<String> second = Promise.promise();
        turns.take("alice", first::future);
        turns.take("alice", second::future);
        ApiException refused = assertThrows(ApiException.class, () -> turns.take("alice", Future::succeededFuture));
        assertEquals(429, refused.status());
        assertEquals(
                "free", turns.take("bob", () -> Future.succeededFuture("free")).result());
        assertEquals(
                "service",
                turns.take(null, () -> Future.succeededFuture("service")).result());
        first.fail("no longer asked");
        assertEquals(
                "turn",
                turns.take("alice", () -> Future.succeededFuture("turn")).result());
        assertEquals(
                "again",
                turns.take("alice", () -> Future.succeededFuture("again")).result());
    }

    @Test
    void shouldNotCountAQuestionThatIsNone() {
        for (int i = 0; i <= Turns.MAX_AT_ONCE; i++) {
            assertThrows(
                    IllegalStateException.class,
                    () -> turns.take("alice", () -> {
                        throw new IllegalStateException("bad");
                    }));
        }
        assertEquals(
                "turn",
                turns.take("alice", () -> Future.succeededFuture("turn")).result());
    }
}
