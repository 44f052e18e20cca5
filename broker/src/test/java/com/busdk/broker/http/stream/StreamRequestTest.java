package com.busdk.broker.http.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.http.exchange.Query;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.Identity;
import com.busdk.client.testing.OpenApiText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a stream is asked for where its parameters say nothing, and what its description says of them. */
class StreamRequestTest {
    private static final Identity ALICE =
            new Identity("alice", "ai.hg.fi/api", false, Set.of("events:listen"), Long.MAX_VALUE);
    private static final StreamLimits LIMITS = new StreamLimits(1, 256, Duration.ofMinutes(10), false);

    private static StreamRequest of(Query query, Framing framing) {
        return StreamRequest.of(
                query,
                null,
                framing,
                ALICE,
                EventAccess.standard(Audiences.DEFAULT),
                LIMITS,
                InstantSource.fixed(Instant.EPOCH));
    }

    private static StreamRequest of(String query, Framing framing) {
        return of(Query.parse(query), framing);
    }

    @Test
    void shouldBroadcastWhatComesFromNowOnUnlessTold() {
        StreamRequest request = of("name=a.b", Framing.NDJSON);
        assertEquals(
                new ListenRequest(
                        List.of("a.b"), false, "alice", null, new Start.Live(), true, 0, Framing.NDJSON, null),
                request.listen());
        assertEquals(Duration.ZERO, request.heartbeat());
        assertFalse(request.notices());
    }

    @Test
    void shouldReplayWithoutFollowing() {
        assertEquals(
                new Start.Oldest(),
                of("name=a.b&follow=false", Framing.NDJSON).listen().start());
    }

    @Test
    void shouldTellServerSentEventsOfWhatHappensUnlessTold() {
        assertTrue(of("name=a.b", Framing.SSE).notices());
        assertFalse(of("name=a.b&notices=false", Framing.SSE).notices());
    }

    @ParameterizedTest
    @CsvSource({
        "'', false, 256, 30, 5",
        "&ack=auto, false, 256, 30, 5",
        "&ack=explicit, true, 32, 30, 5",
        "&max_in_flight=10000, false, 10000, 30, 5",
        "&ack=explicit&max_in_flight=1, true, 1, 30, 5",
        "&ack=explicit&ack_wait=1h30m, true, 32, 5400, 5",
        "&ack=explicit&max_deliveries=1000000, true, 32, 30, 1000000"
    })
    void shouldCompeteWithTheDefaultsOfTheContract(
            String parameters, boolean explicit, int window, int ackWaitSeconds, int maxDeliveries) {
        ListenRequest listen =
                of("name=a.b&delivery=unicast" + parameters, Framing.NDJSON).listen();
        assertEquals(
                new GroupMember(
                        "default",
                        "default",
                        "alice",
                        explicit,
                        false,
                        window,
                        Duration.ofSeconds(ackWaitSeconds),
                        maxDeliveries),
                listen.group());
        assertNull(listen.correlationId());
    }

    @ParameterizedTest
    @CsvSource({
        "NDJSON, '', 0",
        "NDJSON, &heartbeat=100ms, 100",
        "NDJSON, &heartbeat=1h, 3600000",
        "SSE, '', 15000",
        "SSE, &heartbeat=5s, 5000",
        "SSE, &heartbeat=15s, 15000",
        "SSE, &heartbeat=1h, 15000"
    })
    void shouldKeepServerSentEventsAliveEvery15SecondsAtLeast(Framing framing, String parameter, long millis) {
        assertEquals(
                Duration.ofMillis(millis), of("name=a.b" + parameter, framing).heartbeat());
    }

    @Test
    void shouldDescribeEveryParameterAndNoOther() throws IOException {
        Query query = Query.parse("name=a.b&delivery=unicast&ack=explicit");
        of(query, Framing.NDJSON);
        assertEquals(
                String.join("\n", new TreeSet<>(query.asked())),
                String.join("\n", description().queryParameters("/api/v1/events/stream get")));
    }

    private static OpenApiText description() throws IOException {
        try (InputStream in = StreamRequest.class.getResourceAsStream("/openapi.yaml")) {
            assertTrue(in != null);
            return new OpenApiText(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
