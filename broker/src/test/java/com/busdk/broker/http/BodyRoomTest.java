package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BodyRoomTest {
    /** Enough for the room of any heap that tests have, each with nearly an event of the largest size. */
    private static final int MOST_CONNECTIONS = 1_500;

    private static final int BODY_BYTES = 1 << 20;
    private static final int PROBE_BYTES = 200_000;

    private final String token = TestService.token();

    /** Bodies, or lines, that never end may not take the memory of the service, nor keep small events out. */
    @ParameterizedTest
    @CsvSource({"'',application/json", "'',application/x-ndjson", "/request,application/json"})
    void shouldRefuseLargeBodiesWhenThereIsNoRoomForMore(String path, String type) throws Exception {
        Deque<RawConnection> slow = new ArrayDeque<>();
        try (TestService service = TestService.start()) {
            String head = "POST /api/v1/events" + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + token + "\r\nContent-Type: " + type + "\r\n";
            String begun = head + "Content-Length: " + BODY_BYTES + "\r\n\r\n{\"name\":\"example.large\",\"payload\":\""
                    + "x".repeat(BODY_BYTES - 1_000);
            String probe = "{\"name\":\"example.probe\",\"payload\":\"" + "y".repeat(PROBE_BYTES) + "\"}";
            RawConnection refused = null;
            while (refused == null && slow.size() < MOST_CONNECTIONS) {
                sendSlowly(service, slow, begun);
                refused = answered(slow);
            }
            assertNotNull(refused, slow.size() + " large bodies, and there is room for more");
            String answer = refused.answer();
            assertTrue(answer.startsWith("HTTP/1.1 503") && answer.contains("too many large bodies"), answer);
            assertTrue(answer.toLowerCase(Locale.ROOT).contains("retry-after: 1"), answer);
            assertEquals(
                    202, service.publish(token, "{\"name\":\"example.small\"}").statusCode());

            while (!slow.isEmpty()) {
                slow.pop().close();
            }
            long deadline = System.nanoTime() + 30_000_000_000L;
            int status = 503;
            while (status == 503 && System.nanoTime() < deadline) {
                status = service.publish(token, probe).statusCode();
            }
            assertEquals(202, status, "room that was given back");
        } finally {
            for (RawConnection connection : slow) {
                connection.close();
            }
        }
    }

    private static RawConnection answered(Deque<RawConnection> slow) throws IOException {
        for (RawConnection connection : slow) {
            if (connection.isAnswered()) {
                return connection;
            }
        }
        return null;
    }

    private static void sendSlowly(TestService service, Deque<RawConnection> slow, String begun) throws IOException {
        RawConnection connection = new RawConnection(service.port());
        slow.push(connection);
        try {
            connection.send(begun);
        } catch (IOException refused) {
            // It was answered and closed while it sent: that is what is waited for.
        }
    }
}
