package com.busdk.cli.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The stack in containers as {@code docker compose config} sees it, also where there is no Docker. */
class ComposeSchemaTest {
    private static final Map<String, String> GIVEN = Map.of("BUS_API_JWT_SECRET", "0123456789abcdef0123456789abcdef");

    private static String file() throws IOException {
        return Files.readString(Path.of("").toAbsolutePath().getParent().resolve("conf/compose.yaml"));
    }

    @Test
    void shouldBeAFileOfTheSpecification() throws IOException {
        assertEquals(List.of(), ComposeSchema.problems(file(), GIVEN));
    }

    @Test
    void shouldTakeAnotherPortForTheGateway() throws IOException {
        Map<String, String> more =
                Map.of("BUS_API_JWT_SECRET", "0123456789abcdef0123456789abcdef", "LOCAL_AI_PLATFORM_PORT", "9000");
        assertEquals(List.of(), ComposeSchema.problems(file(), more));
    }

    /** What it is to notice; each line breaks the file in one place. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "services:                      | servces:",
                "init: true                     | init: maybe",
                "restart: on-failure            | restart: sometimes",
                "restart: \"no\"                | restart: no",
                "    entrypoint:                | entry_point:",
                "dockerfile: conf/Dockerfile    | docker_file: conf/Dockerfile",
                "- \"127.0.0.1:${ | - \"127.0.0.1.1:${",
                ":-8080}:8080                   | :-8080}:80800",
                ":-8080}:8080                   | :-}:8080",
                "1:${LOCAL_AI_PLATFORM_PORT:-8080}:8080 | 1:$LOCAL_AI_PLATFORM_PORT:8080",
                "$$1                            | $1",
                "events:/var/lib/bus/events     | event:/var/lib/bus/events",
                "events:/var/lib/bus/events     | events:var/lib/bus/events",
                "'  accounts:'                  | '  account:'",
                "service_completed_successfully | service_ended",
                "service_started                | service_healthy",
                "      - bus-events             | - bus-event",
                "  tokens: {condition           | token: {condition",
                "- subnet: ${LOCAL_AI_PLATFORM_SUBNET | - subnets: ${LOCAL_AI_PLATFORM_SUBNET",
                "- subnet: ${LOCAL_AI_PLATFORM_SUBNET:-172 | - subnet: ${LOCAL_AI_PLATFORM_SUBNET:-x",
                "BUS_AUTH_OTP_SENDER: console   | BUS_AUTH_OTP_SENDER: [console]",
                "BUS_AUTH_OTP_SENDER: console   | BUS-AUTH-OTP-SENDER: console",
                "image: bus:local               | image: [bus]",
            })
    void shouldNoticeWhatTheEngineWouldRefuse(String right, String wrong) throws IOException {
        String broken = file().replaceFirst(Pattern.quote(right), Matcher.quoteReplacement(wrong));
        assertNotEquals(file(), broken, "nothing was broken");
        assertNotEquals(List.of(), ComposeSchema.problems(broken, GIVEN));
    }

    @Test
    void shouldAskForWhatHasNoDefault() throws IOException {
        assertEquals(
                List.of("BUS_API_JWT_SECRET is required, and not set"),
                ComposeSchema.problems(file(), Map.of()).stream().distinct().toList());
    }

    @Test
    void shouldNoticeServicesThatWaitForEachOther() throws IOException {
        String broken = file().replace(
                        "  bus-events:\n    <<: *bus\n",
                        "  bus-events:\n    <<: *bus\n    depends_on: [bus-gateway]\n");
        assertNotEquals(List.of(), ComposeSchema.problems(broken, GIVEN));
    }
}
