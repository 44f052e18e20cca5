package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a newcomer does first, and what a process has to survive. */
@Timeout(300)
class FirstMinuteIT {
    @Test
    void shouldShowAnEventToTheListenerThatWaits(@TempDir Path folder) throws Exception {
        try (LocalStack stack = new LocalStack(folder)) {
            Process listener = stack.builder(
                            List.of("scripts/bus", "events", "listen", "--name", "example.ping", "--limit", "1"))
                    .redirectError(folder.resolve("listen.log").toFile())
                    .start();
            try (BufferedReader lines = listener.inputReader(StandardCharsets.UTF_8)) {
                // Events that were sent before it listened do not count, so they are sent until one arrives.
                String seen = null;
                for (int i = 0; seen == null; i++) {
                    assertTrue(i < 60, "nothing arrived: " + Files.readString(folder.resolve("listen.log")));
                    LocalStack.Outcome sent =
                            stack.bus("events", "send", "--name", "example.ping", "--payload", "{\"ok\":true}");
                    assertEquals(0, sent.exit(), sent.err());
                    seen = lines.ready() ? lines.readLine() : null;
                }
                assertTrue(seen.contains("\"payload\":{\"ok\":true}"), seen);
                assertEquals(0, listener.waitFor());
            } finally {
                listener.destroyForcibly();
            }
        }
    }

    @Test
    void shouldHaveEverythingAfterAKillThatItAnsweredBefore(@TempDir Path folder) throws Exception {
        try (LocalStack stack = new LocalStack(folder);
                HttpClient http = HttpClient.newHttpClient()) {
            String token = Files.readString(stack.tokenFile()).strip();
            List<Integer> answered = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                HttpRequest publish = HttpRequest.newBuilder(URI.create(stack.eventsUrl() + "/api/v1/events"))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"example.kill\",\"payload\":" + i + "}"))
                        .build();
                if (http.send(publish, BodyHandlers.ofString()).statusCode() == 202) {
                    answered.add(i);
                }
            }
            stack.kill();
            stack.restart();
            LocalStack.Outcome listed =
                    stack.bus("events", "listen", "--name", "example.kill", "--replay", "--no-follow");
            assertEquals(0, listed.exit(), listed.err());
            List<Integer> kept = listed.out()
                    .lines()
                    .map(line -> Integer.valueOf(line.replaceAll(".*\"payload\":(\\d+).*", "$1")))
                    .toList();
            assertEquals(answered, kept);
            assertEquals(200, kept.size());
        }
    }

    @Test
    void shouldServeEventsThroughTheGateway(@TempDir Path folder) throws Exception {
        try (LocalStack stack = new LocalStack(folder)) {
            LocalStack.Outcome sent = stack.bus(
                    "events", "send", "--api-url", stack.gatewayUrl(), "--name", "example.ping", "--payload", "1");
            assertEquals(0, sent.exit(), sent.err());
            LocalStack.Outcome listed = stack.bus(
                    "events",
                    "listen",
                    "--api-url",
                    stack.gatewayUrl() + "/api/v1/events/",
                    "--name",
                    "example.ping",
                    "--replay",
                    "--no-follow");
            assertTrue(listed.out().contains("\"payload\":1"), listed.out() + listed.err());
        }
    }

    @Test
    void shouldFindNothingWrongWithARunningStack(@TempDir Path folder) throws Exception {
        try (LocalStack stack = new LocalStack(folder)) {
            LocalStack.Outcome doctor = stack.bus("doctor");
            assertEquals(0, doctor.exit(), doctor.out() + doctor.err());
            LocalStack.Outcome verify = stack.bus("events", "verify", "--count", "200");
            assertEquals(0, verify.exit(), verify.out() + verify.err());
            assertNotNull(verify.out());
            assertTrue(stack.stop() == 0 || stack.stop() == 130 || stack.stop() == 143);
        }
    }
}
