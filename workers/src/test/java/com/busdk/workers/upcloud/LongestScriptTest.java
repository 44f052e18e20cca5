package com.busdk.workers.upcloud;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventLimits;
import com.busdk.client.worker.Payload;
import com.busdk.workers.containers.ContainerRunOptions;
import com.busdk.workers.containers.PodmanCommand;
import com.busdk.workers.containers.RunRequest;
import com.busdk.workers.ssh.ScriptRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Between the limits of a run and those of a script: what may be run can also be sent. */
class LongestScriptTest {
    /** The longest words that the options take. */
    private static final ContainerRunOptions LONGEST = ContainerRunOptions.read(
            Map.of(
                    "container-run-network",
                    "n".repeat(256),
                    "container-run-tmpfs-size",
                    "9".repeat(16) + "g",
                    "container-run-user",
                    "u".repeat(128),
                    "container-run-workdir",
                    "/" + "w".repeat(255)),
            Map.of());

    /** One that is long in quotes, and one that is long in JSON. */
    @ParameterizedTest
    @ValueSource(strings = {"'", "\u0001"})
    void shouldFitIntoAScriptAndIntoAnEvent(String letter) {
        List<String> command = Collections.nCopies(
                RunRequest.MAX_ARGUMENTS, letter.repeat(RunRequest.MAX_COMMAND_BYTES / RunRequest.MAX_ARGUMENTS));
        assertEquals(
                RunRequest.MAX_COMMAND_BYTES, String.join("", command).length(), "it is the longest that is allowed");
        RunRequest run = new RunRequest(
                "r".repeat(128),
                letter.repeat(255),
                "i".repeat(RunRequest.MAX_IMAGE_CHARS),
                command,
                Duration.ofDays(1));
        ScriptRequest request = ScriptRequest.of(
                        List.of(ScriptRequest.Target.of("192.0.2.7", "root")),
                        PodmanCommand.of(LONGEST, run).script())
                .withPrepare(PodmanCommand.preparation(run));
        String event = Envelope.builder(ScriptCalls.RUN)
                .payload(Payload.of(request))
                .identityId(run.owner())
                .build()
                .toJson();
        int bytes = event.getBytes(StandardCharsets.UTF_8).length;
        assertTrue(bytes < EventLimits.DEFAULT_MAX_EVENT_BYTES, bytes + " bytes are too many for an event");
    }
}
