package com.busdk.gateway.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RunSpecTest {
    private static RunSpec parse(String json) {
        return RunSpec.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldReadAProfile() {
        RunSpec spec =
                parse("{\"profile\":\"codex\",\"args\":[\"sh\",\"-c\",\"printf 'ä€😀'\"],\"timeout_seconds\":300}");
        assertEquals(Optional.of("codex"), spec.profile());
        assertEquals(List.of("sh", "-c", "printf 'ä€😀'"), spec.command());
        assertEquals(Optional.of(Duration.ofMinutes(5)), spec.timeout());
        assertEquals(
                "{\"run_id\":\"r1\",\"profile\":\"codex\",\"command\":[\"sh\",\"-c\",\"printf 'ä€😀'\"],"
                        + "\"timeout_seconds\":300,\"output_limit\":7}",
                spec.payload("r1", 7).toString());
    }

    @Test
    void shouldTakeTheCommandBeforeTheArguments() {
        assertEquals(
                List.of("a"),
                parse("{\"image\":\"i\",\"command\":[\"a\"],\"args\":[\"b\"]}").command());
        assertEquals(
                List.of("b"),
                parse("{\"image\":\"i\",\"command\":null,\"args\":[\"b\"]}").command());
        assertEquals(
                List.of(),
                parse("{\"profile\":\"codex\",\"owner_identity_id\":\"other\"}").command());
    }

    @Test
    void shouldTakeExactlyAsMuchAsIsAllowed() {
        String many = IntStream.range(0, 256).mapToObj(_ -> "\"a\"").collect(Collectors.joining(",", "[", "]"));
        assertEquals(
                256,
                parse("{\"profile\":\"p\",\"args\":" + many + "}").command().size());
        String long128 = "x".repeat(128 << 10);
        assertEquals(
                1,
                parse("{\"profile\":\"p\",\"args\":[\"" + long128 + "\"]}")
                        .command()
                        .size());
        assertTrue(parse("{\"profile\":\"p\",\"timeout_seconds\":0}").timeout().isEmpty());
    }

    static Stream<Arguments> wrong() {
        String many = IntStream.range(0, 257).mapToObj(_ -> "\"a\"").collect(Collectors.joining(",", "[", "]"));
        String large = "[\"" + "x".repeat(64 << 10) + "\",\"" + "y".repeat((64 << 10) + 1) + "\"]";
        String wide = "[\"" + "€".repeat(44_000) + "\"]";
        return Stream.of(
                Arguments.of("", "JSON object"),
                Arguments.of("[]", "JSON object"),
                Arguments.of("null", "JSON object"),
                Arguments.of("{\"profile\":\"p\"", "byte"),
                Arguments.of("{\"profile\":\"p\"} {}", "JSON object"),
                Arguments.of("{\"profile\":\"p\",\"profile\":\"q\"}", "JSON object"),
                Arguments.of("[".repeat(2_000), "JSON object"),
                Arguments.of("{}", "profile or an image"),
                Arguments.of("{\"profile\":\"p\",\"image\":\"i\",\"command\":[\"a\"]}", "both"),
                Arguments.of("{\"profile\":7}", "profile is"),
                Arguments.of("{\"profile\":\"--privileged\"}", "profile is"),
                Arguments.of("{\"profile\":\"A b\"}", "profile is"),
                Arguments.of("{\"image\":\"--rm\",\"command\":[\"a\"]}", "image is"),
                Arguments.of("{\"image\":\"a b\",\"command\":[\"a\"]}", "image is"),
                Arguments.of("{\"image\":\"a$(id)\",\"command\":[\"a\"]}", "image is"),
                Arguments.of("{\"image\":\"i\"}", "needs a command"),
                Arguments.of("{\"image\":\"i\",\"command\":[]}", "needs a command"),
                Arguments.of("{\"image\":\"i\",\"command\":\"ls\"}", "array"),
                Arguments.of("{\"image\":\"i\",\"command\":[1]}", "text"),
                Arguments.of("{\"image\":\"i\",\"command\":[null]}", "text"),
                Arguments.of("{\"image\":\"i\",\"command\":[\"\"]}", "program"),
                Arguments.of("{\"image\":\"i\",\"command\":[\"a\\u0000b\"]}", "NUL"),
                Arguments.of("{\"image\":\"i\",\"command\":[\"\\ud800\"]}", "surrogate"),
                Arguments.of("{\"profile\":\"p\",\"args\":" + many + "}", "256"),
                Arguments.of("{\"profile\":\"p\",\"args\":" + large + "}", "128KiB"),
                Arguments.of("{\"profile\":\"p\",\"args\":" + wide + "}", "128KiB"),
                Arguments.of("{\"profile\":\"p\",\"timeout_seconds\":-1}", "timeout_seconds"),
                Arguments.of("{\"profile\":\"p\",\"timeout_seconds\":1.5}", "timeout_seconds"),
                Arguments.of("{\"profile\":\"p\",\"timeout_seconds\":\"60\"}", "timeout_seconds"),
                Arguments.of("{\"profile\":\"p\",\"timeout_seconds\":86401}", "timeout_seconds"),
                Arguments.of("{\"profile\":\"p\",\"timeout_seconds\":99999999999999999999}", "timeout_seconds"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void shouldRefuse(String body, String word) {
        ApiException refused = assertThrows(ApiException.class, () -> parse(body));
        assertEquals(400, refused.status());
        assertTrue(refused.message().contains(word), refused.message());
    }

    @Test
    void shouldCutOutputAtWholeCharacters() {
        assertEquals("ab", RunResult.cut("ab", 6));
        assertEquals("€", RunResult.cut("€€", 5));
        assertEquals("€€", RunResult.cut("€€", 6));
        assertEquals("a", RunResult.cut("a😀", 4));
        assertEquals("", RunResult.cut("abc", 0));
    }
}
