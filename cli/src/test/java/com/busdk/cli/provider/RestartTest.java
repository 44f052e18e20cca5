package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.gateway.Gateway;
import com.busdk.gateway.GatewayOptions.Service;
import com.busdk.gateway.containers.ContainersProvider;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Promise;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What outlives a part of the stack. */
@Timeout(120)
class RestartTest {
    private static final String RUNS = "/api/v1/containers/runs";
    private static final String TOKEN = Platform.user("alice", "container:read container:run");

    @Test
    void shouldAnswerARunAlthoughTheEventsServiceWasRestartedInTheMiddle(@TempDir Path data) throws Exception {
        try (Platform platform = new Platform(Map.of("addr", "127.0.0.1:0", "data-dir", data.toString()))) {
            Promise<Envelope> begun = Promise.promise();
            Promise<Reply> end = Promise.promise();
            platform.worker(
                    "runner",
                    request -> {
                        begun.complete(request);
                        return end.future();
                    },
                    "bus.containers.run.request");
            ContainersProvider provider = platform.containers();
            CompletableFuture<HttpResponse<String>> answer = platform.http.sendAsync(
                    Platform.request("POST", provider.url() + RUNS, TOKEN, "{\"profile\":\"codex\"}"),
                    BodyHandlers.ofString());
            Platform.await(begun.future());
            // Answered while nobody could hear it.
            platform.restartEvents(data, () -> end.complete(Reply.of("{\"exit_code\":0,\"stdout\":\"survived\"}")));

            JsonNode run = Platform.json(answer.get().body());
            assertEquals("survived", run.path("stdout").asText(), run.toString());
            assertEquals(1, platform.history("bus.containers.run.request").size(), "asked once");
            JsonNode list = platform.get(provider.url() + RUNS, TOKEN).json().path("runs");
            while (list.isEmpty() || !list.get(0).path("state").asText().equals("finished")) {
                list = platform.get(provider.url() + RUNS, TOKEN).json().path("runs");
            }
            assertEquals(run.path("run_id"), list.get(0).path("run_id"));
        }
    }

    @Test
    void shouldBringTheAnswerToAPublishThatWasRefusedBeforeItsEnd() {
        try (Platform platform = new Platform()) {
            Gateway gateway = platform.gateway(Map.of(Service.EVENTS, URI.create(platform.url())));
            String megabytes = "x".repeat(2 << 20);
            // Several, since what one leaves behind is what the next one meets.
            for (int i = 0; i < 20; i++) {
                Platform.Reply refused = platform.post(gateway.url() + "/api/v1/events", "garbage", megabytes);
                assertEquals(401, refused.status());
                assertEquals("invalid_auth", refused.errorType());
            }
        }
    }
}
