package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ShutdownTest {
    @Test
    void shouldEndStreamsAtALinesEndWithANotice() throws Exception {
        TestService service = TestService.start();
        try (RawConnection stream = new RawConnection(service.port())) {
            stream.send("GET /api/v1/events/stream?name=example.ping&notices=true HTTP/1.1\r\nHost: a\r\n"
                    + "Authorization: Bearer " + TestService.token() + "\r\n\r\n");
            String head = stream.head();
            assertTrue(head.startsWith("HTTP/1.1 200 "), head);
            service.publish(TestService.token(), "{\"name\":\"example.ping\"}");
            String line = stream.chunkLine();
            while (line.startsWith("{\"notice\":\"caught_up\"")) {
                line = stream.chunkLine();
            }
            assertTrue(line.contains("\"name\":\"example.ping\""), line);

            service.close();

            String rest = stream.rest();
            assertTrue(rest.contains("{\"notice\":\"closing\"}\n"), rest);
            assertTrue(rest.endsWith("0\r\n\r\n"), "the response has an orderly end: " + rest);
        }
    }

    @Test
    void shouldRefuseWhatComesWhileItStops() throws Exception {
        TestService service = TestService.start("drain", "20s");
        String body = "{\"name\":\"example.ping\"}";
        try (RawConnection open = new RawConnection(service.port())) {
            open.send("POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + TestService.token()
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                    + body.substring(0, 5));
            // Its answer shows that the loop has seen the request before the stop.
            assertEquals(200, service.send(service.to("/readyz")).statusCode());

            Future<Void> stopped = service.service.stop();
            open.send(body.substring(5));
            String answer = open.answer();

            assertTrue(answer.startsWith("HTTP/1.1 503 ") || answer.startsWith("HTTP/1.1 202 "), answer);
            if (answer.startsWith("HTTP/1.1 503 ")) {
                assertTrue(answer.toLowerCase(Locale.ROOT).contains("retry-after: "), answer);
            }
            TestService.await(stopped);
            assertSame(stopped, service.service.stop(), "stopping twice is stopping once");
        }
    }
}
