package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What operators and their tools ask. */
class OperationsTest extends ContractSuite {
    @Test
    void shouldBeAliveAndReadyWithoutAToken() {
        service.nobody().get("/healthz").expect(200);
        Answer ready = service.nobody().get("/readyz").expect(200);
        assertEquals(Json.parse("{\"ok\":true}"), ready.json());
        assertEquals("application/json", ready.header("content-type").orElse("").split(";", -1)[0]);
    }

    @Test
    void shouldGiveFiguresInTheFormatOfPrometheus() {
        try (EventStream stream = caller.listen("name=" + name)) {
            caller.send(name, "1");
            stream.next();
            Answer metrics = service.nobody().get("/metrics").expect(200);
            assertTrue(metrics.header("content-type").orElse("").startsWith("text/plain"));
            List<String> lines = metrics.body().lines().toList();
            assertTrue(lines.stream().anyMatch(line -> line.startsWith("# TYPE bus_")), metrics::body);
            for (String line : lines) {
                assertTrue(
                        line.isEmpty()
                                || line.startsWith("# ")
                                || line.matches("[a-zA-Z_:][a-zA-Z0-9_:]*(\\{.*\\})? [-+0-9.eE]+|.* (NaN|[+-]Inf)"),
                        () -> "no line of that format: " + line);
            }
        }
    }

    @Test
    void shouldCountEventsInTheFigures() {
        double before = sum("bus_[a-z_]*published_events_total.*");
        caller.toOneProcess().sendNumbers(name, 0, 10);
        assertEquals(10, sum("bus_[a-z_]*published_events_total.*") - before);
    }

    /** Of one process, since each has its own figures. */
    private double sum(String metric) {
        return service.nobody()
                .toOneProcess()
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.matches(metric))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void shouldServeItsDescription() {
        Answer answer = service.nobody().get("/openapi.yaml").expect(200);
        assertTrue(answer.body().startsWith("openapi: 3.1"), () -> answer.body().substring(0, 40));
        for (String path : List.of(
                "/api/v1/events:",
                "/api/v1/events/stream:",
                "/api/v1/events/ack:",
                "/api/v1/events/request:",
                "/api/v1/events/groups:",
                "/api/v1/events/names:",
                "/api/v1/events/{id}:",
                "/api/v1/events/dead-letters:",
                "/api/v1/events/dead-letters/redrive:",
                "/healthz:",
                "/readyz:",
                "/metrics:")) {
            assertTrue(answer.body().contains("\n  " + path), () -> path + " is not described");
        }
    }
}
