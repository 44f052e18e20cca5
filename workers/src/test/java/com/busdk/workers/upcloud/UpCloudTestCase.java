package com.busdk.workers.upcloud;

import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.workers.upcloud.testing.Stack;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of whole workers share: a real hub, a cloud that is played and an SSH worker that is. */
abstract class UpCloudTestCase {
    static final String RUN = "bus.containers.run.request";
    static final String PRINT = "{\"profile\":\"codex\",\"command\":[\"sh\",\"-c\",\"printf 'a b'\"]}";
    static final String SCRIPT_ANSWER = "bus.ssh.script.run.response";

    @TempDir
    Path dir;

    final Stack stack = new Stack();
    final EventsClient user = stack.user("acc-1");
    String keys = "";

    @BeforeEach
    void writeKey() throws IOException {
        Path key = dir.resolve("key.pub");
        Files.writeString(key, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExample me\n");
        keys = key.toString();
    }

    @AfterEach
    void stop() {
        stack.close();
    }

    Stack.Started worker(String... more) {
        List<String> flags = new ArrayList<>(List.of("container-ssh-keys", keys));
        flags.addAll(List.of(more));
        return stack.worker(flags.toArray(String[]::new));
    }

    static JsonNode json(Envelope event) {
        try {
            return new ObjectMapper().readTree(event.payload());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String errorType(Envelope event) {
        return event.error() == null ? "none" : event.error().type();
    }

    static String message(Envelope event) {
        return event.error() == null ? "" : event.error().message();
    }
}
