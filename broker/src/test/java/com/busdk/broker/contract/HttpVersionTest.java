package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.RawConnection;
import com.busdk.broker.contract.harness.Tokens;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** HTTP/2 without TLS, and the older versions. */
class HttpVersionTest extends ContractSuite {
    @Test
    void shouldSpeakHttp2ToWhomAsksForTheUpgrade() throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(service.root() + EVENTS))
                    .header("authorization", "Bearer " + Tokens.service("tester", "events:send"))
                    .header("content-type", "application/json")
                    .timeout(Deadline.PATIENCE)
                    .POST(BodyPublishers.ofString(event("1")))
                    .build();
            HttpResponse<String> first = client.send(request, BodyHandlers.ofString());
            assertEquals(202, first.statusCode());
            HttpResponse<String> second = client.send(request, BodyHandlers.ofString());
            assertEquals(202, second.statusCode());
            assertEquals(HttpClient.Version.HTTP_2, second.version());
        }
    }

    @Test
    void shouldSpeakHttp2ToWhomKnowsAlready() {
        byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        byte[] emptySettings = {0, 0, 0, 4, 0, 0, 0, 0, 0};
        try (RawConnection raw = service.raw()) {
            raw.send(preface).send(emptySettings);
            byte[] header = raw.bytes(9);
            assertEquals(4, header[3], "the first frame is SETTINGS (RFC 9113, section 3.4)");
            assertArrayEquals(new byte[] {0, 0, 0, 0}, new byte[] {header[5], header[6], header[7], header[8]});
        }
    }

    @Test
    void shouldCarryManyStreamsOverOneConnection() {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            Caller multiplexed = caller.over(client).toOneProcess();
            multiplexed.get("/healthz").expect(200); // upgrades the connection that all others share
            List<EventStream> streams = new ArrayList<>();
            try {
                for (int i = 0; i < 20; i++) {
                    streams.add(multiplexed.listen("name=" + name));
                }
                multiplexed.sendNumbers(name, 0, 500);
                for (EventStream stream : streams) {
                    assertEquals(PublishTest.numbers(500), PublishTest.payloads(stream.next(500)));
                }
            } finally {
                streams.forEach(EventStream::close);
            }
        }
    }

    @Test
    void shouldPublishALongBodyOverHttp2() {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            Caller multiplexed = caller.over(client);
            multiplexed.sendNumbers(name, 0, 20_000);
            assertEquals(PublishTest.numbers(20_000), PublishTest.payloads(multiplexed.read(history())));
        }
    }

    @Test
    void shouldTakeAsManyNamesOverHttp2AsOverHttp1() {
        StringBuilder query = new StringBuilder("follow=false&name=").append(name);
        for (int i = 1; i < 256; i++) { // far longer together than other headers may be
            query.append("&name=").append(freshName()).append(".").append("x".repeat(200));
        }
        caller.send(name, "1");
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            Caller multiplexed = caller.over(client).toOneProcess();
            multiplexed.get("/healthz").expect(200); // upgrades the connection
            assertEquals(1, multiplexed.read(query.toString()).size());
        }
        assertEquals(1, caller.read(query.toString()).size());
    }

    @Test
    void shouldAnswerHttp10AndThenClose() {
        String body = event("1");
        try (RawConnection raw = service.raw()) {
            raw.send("POST " + EVENTS + " HTTP/1.0\r\nAuthorization: Bearer "
                    + Tokens.service("tester", "events:send")
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            raw.answer().expect(202);
            raw.untilClosed();
        }
    }

    @Test
    void shouldCloseWhereTheClientSaysSo() {
        try (RawConnection raw = service.raw()) {
            raw.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            raw.answer().expect(200);
            raw.untilClosed();
        }
    }
}
