package com.busdk.workers.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunPayloadTest {
    private static final Instant REQUESTED = Instant.parse("2026-11-05T10:00:00Z");

    private static RunRequest read(String payload) {
        Envelope request = Envelope.builder(ContainerEvents.RUN)
                .id("evt_0a")
                .identityId("acc-1")
                .createdAt(REQUESTED)
                .payload(payload)
                .build();
        RunPayload.outputLimit(request, ContainerRunOptions.DEFAULT);
        return RunPayload.read(request, ContainerEvents.runId(request), "acc-1", ContainerRunOptions.DEFAULT);
    }

    @Test
    void shouldReadAProfile() {
        RunRequest run = read("{\"profile\":\"codex\",\"args\":[\"true\"],\"timeout_seconds\":300}");

        assertEquals(
                new RunRequest(
                        "run_0a",
                        "acc-1",
                        "docker.io/library/alpine:3.20",
                        List.of("true"),
                        Duration.ofMinutes(5),
                        REQUESTED),
                run);
    }

    @Test
    void shouldReadAnImage() {
        RunRequest run =
                read("{\"image\":\"example/i:2\",\"command\":[\"a\",\"b\"],\"args\":[\"c\"],\"owner\":\"acc-2\"}");

        assertEquals("example/i:2", run.image());
        assertEquals(List.of("a", "b"), run.command());
        assertEquals("acc-1", run.owner());
        assertEquals(Duration.ofMinutes(30), run.timeout());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null | payload",
                "7 | payload",
                "[] | payload",
                "{} | one of profile and image",
                "{\"profile\":\"codex\",\"image\":\"i\",\"command\":[\"a\"]} | one of profile and image",
                "{\"profile\":\"other\"} | no profile",
                "{\"profile\":7} | profile is a text",
                "{\"image\":\"i\"} | needs a command",
                "{\"image\":\"i\",\"command\":[]} | needs a command",
                "{\"image\":\"--privileged\",\"command\":[\"a\"]} | image reference",
                "{\"image\":\"i\",\"command\":\"a\"} | list",
                "{\"image\":\"i\",\"command\":[7]} | texts",
                "{\"image\":\"i\",\"command\":[\"\"]} | program",
                "{\"image\":\"i\",\"command\":[\"a\\u0000\"]} | NUL",
                "{\"profile\":\"codex\",\"timeout_seconds\":-1} | timeout_seconds",
                "{\"profile\":\"codex\",\"timeout_seconds\":1.5} | timeout_seconds",
                "{\"profile\":\"codex\",\"timeout_seconds\":\"9\"} | timeout_seconds",
                "{\"profile\":\"codex\",\"timeout_seconds\":99999999999999999999} | timeout_seconds",
                "{\"profile\":\"codex\",\"output_limit\":0} | output_limit",
                "{\"profile\":\"codex\",\"output_limit\":\"1k\"} | output_limit",
                "{\"profile\":\"codex\",\"timeout_seconds\":1801} | at most 1800"
            })
    void shouldSayWhatIsWrong(String payload, String says) {
        ApiException e = assertThrows(ApiException.class, () -> read(payload));

        assertEquals("bad_request", e.type());
        assertTrue(e.message().contains(says), e.message());
    }
}
