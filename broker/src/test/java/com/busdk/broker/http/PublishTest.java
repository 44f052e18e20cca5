package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PublishTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private TestService service;

    @BeforeEach
    void start() throws Exception {
        service = TestService.start("max-event-bytes", "64KiB");
    }

    @AfterEach
    void stop() throws Exception {
        service.close();
    }

    @Test
    void shouldAcceptOneEventAndShowItInTheHistory() throws Exception {
        HttpResponse<String> response =
                service.publish(TestService.token(), "{\"name\":\"example.ping\",\"payload\":{\"ok\":true}}");

        assertEquals(202, response.statusCode(), response.body());
        assertEquals(
                "application/json",
                response.headers().firstValue("Content-Type").orElseThrow());
        JsonNode receipt = JSON.readTree(response.body());
        assertTrue(receipt.get("accepted").asBoolean());
        assertEquals("example.ping", receipt.get("name").asText());
        String history = service.get(TestService.token(), "/api/v1/events/stream?name=example.ping&follow=false")
                .body();
        JsonNode event = JSON.readTree(history);
        assertEquals(receipt.get("id"), event.get("id"));
        assertEquals(receipt.get("sequence"), event.get("sequence"));
        assertEquals("user-1", event.get("identityId").asText());
        assertEquals("{\"ok\":true}", event.get("payload").toString());
    }
}
