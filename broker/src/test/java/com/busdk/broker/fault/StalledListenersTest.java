package com.busdk.broker.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Http2Connection;
import com.busdk.broker.contract.harness.Tokens;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More listeners that do not read than the service has memory for what they ask for. */
class StalledListenersTest {
    private static final String NAME = "fault.stalled";
    private static final String OTHER = "fault.other";

    /** Of 1 MiB each: more than twice what the service's process may have outside of its heap. */
    private static final int STREAMS = 600;

    private static final int EVENT_BYTES = 1 << 20;

    /** What each is given at least while memory is short. */
    private static final int PIECE_BYTES = 8 << 10;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "&replay=true",
                "&name=fault.own-%d", // live, each another audience
                "&delivery=unicast&group=g%d",
                "&delivery=unicast&group=g%d&ack=explicit&ack_wait=1s&max_deliveries=1000",
            })
    void shouldServeTheOthers(String query) {
        try (ServiceProcess service = ServiceProcess.start(folder);
                Http2Connection stalled = Http2Connection.open(service.port())) {
            Caller caller = service.caller();
            String large = "{\"name\":\"" + NAME + "\",\"identityId\":\"tester\",\"payload\":\""
                    + "x".repeat(EVENT_BYTES - 100) + "\"}";
            boolean history = query.contains("replay");
            if (history) {
                caller.accepted(large);
            }
            String token = Tokens.user("tester", "events:send events:listen");
            for (int i = 0; i < STREAMS; i++) {
                stalled.get(Caller.EVENTS + "/stream?name=" + NAME + query.formatted(i), token);
            }
            for (int i = 0; i < STREAMS; i++) {
                assertEquals(200, stalled.nextStatus());
            }
            if (!history) {
                caller.accepted(large);
            }
            Deadline.until(
                    "all to have been given something", () -> delivered(caller) >= (double) STREAMS * PIECE_BYTES);
            List<HttpClient> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 8; i++) { // so that each loop has some of their connections
                    HttpClient client = HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .build();
                    clients.add(client);
                    Caller other = caller.over(client);
                    try (EventStream stream = other.listen("name=" + OTHER);
                            EventStream worker = other.listen("name=" + OTHER + "&delivery=unicast&group=w" + i)) {
                        other.send(OTHER, Integer.toString(i));
                        assertEquals(Integer.toString(i), stream.next().payload());
                        assertEquals(Integer.toString(i), worker.next().payload());
                        assertEquals(
                                EVENT_BYTES - 98,
                                other.read("name=" + NAME + "&follow=false")
                                        .getFirst()
                                        .payload()
                                        .length());
                    }
                }
            } finally {
                clients.forEach(HttpClient::shutdownNow);
            }
            double written = delivered(caller) - 8.0 * EVENT_BYTES;
            assertTrue(written < 100 << 20, () -> written + " bytes are in memory for who does not read");
        }
    }

    /** Bytes that were written to streams, as the service says itself. */
    private static double delivered(Caller caller) {
        return caller.get("/metrics")
                .expect(200)
                .body()
                .lines()
                .filter(line -> line.startsWith("bus_events_delivered_bytes_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }
}
