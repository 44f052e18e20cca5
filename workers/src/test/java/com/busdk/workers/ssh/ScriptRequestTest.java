package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.worker.Payload;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptRequestTest {
    private static final String TARGET = "{\"host\":\"h\",\"users\":[\"root\"]}";

    private static ScriptRequest read(String payload) {
        return Payload.as(Envelope.builder(SshRunner.REQUEST).payload(payload).build(), ScriptRequest.class);
    }

    @Test
    void shouldReadWhatTheContractSays() {
        ScriptRequest request = read("""
            {"targets":[{"host":"10.0.0.7","port":2222,"users":["root","ubuntu"]},{"host":"fd00::1","users":["a"]}],
             "script":"true","env":{"A":"b c"},"stdin":"in","timeout_seconds":5,"output_limit":100,
             "network_bootstrap":{"apply_netplan":true,"netplan_mode":"mac-match","dns_servers":["1.1.1.1"],
                                  "interface_mac":"de:ad:be:ef:00:01"},"newer":[1]}\
            """);
        assertEquals(
                new ScriptRequest.Target("10.0.0.7", 2222, List.of("root", "ubuntu")),
                request.targets().get(0));
        assertEquals(22, request.targets().get(1).sshPort());
        assertEquals("true", request.script());
        assertEquals(Map.of("A", "b c"), request.env());
        assertEquals("in", request.stdin());
        assertEquals(5, request.timeoutSeconds());
        assertEquals(100, request.outputLimit());
        assertEquals(
                new ScriptRequest.NetworkBootstrap(true, "mac-match", List.of("1.1.1.1"), "de:ad:be:ef:00:01"),
                request.networkBootstrap());
    }

    @Test
    void shouldWriteWhatItReads() {
        ScriptRequest request = ScriptRequest.of(List.of(ScriptRequest.Target.of("h", "root")), "true");
        assertEquals("{\"targets\":[{\"host\":\"h\",\"users\":[\"root\"]}],\"script\":\"true\"}", Payload.of(request));
        ScriptRequest full = request.withEnv(Map.of("A", "b"))
                .withStdin("in")
                .withTimeout(Duration.ofMinutes(1))
                .withOutputLimit(9)
                .withNetworkBootstrap(new ScriptRequest.NetworkBootstrap(true, null, List.of(), "m"));
        assertEquals(full, read(Payload.of(full)));
    }

    @Test
    void shouldLeaveOutWhatNobodyGave() {
        ScriptRequest request = read("{\"targets\":[" + TARGET + "],\"script\":\"true\"}");
        assertEquals(Map.of(), request.env());
        assertEquals("", request.stdin());
        assertNull(request.timeoutSeconds());
        assertNull(request.outputLimit());
        assertNull(request.networkBootstrap());
    }

    static Stream<Arguments> wrong() {
        String manyTargets = IntStream.range(0, 17).mapToObj(i -> TARGET).collect(Collectors.joining(","));
        String manyNames =
                IntStream.range(0, 65).mapToObj(i -> "\"A" + i + "\":\"\"").collect(Collectors.joining(","));
        return Stream.of(
                Arguments.of("[]", "payload"),
                Arguments.of("null", "null"),
                Arguments.of("{}", "targets"),
                Arguments.of("{\"targets\":[],\"script\":\"x\"}", "targets"),
                Arguments.of("{\"targets\":[null],\"script\":\"x\"}", "targets"),
                Arguments.of("{\"targets\":[" + manyTargets + "],\"script\":\"x\"}", "targets"),
                Arguments.of("{\"targets\":[{\"users\":[\"a\"]}],\"script\":\"x\"}", "host"),
                Arguments.of(target("\"host\":\"-oProxyCommand=x\",\"users\":[\"a\"]"), "host"),
                Arguments.of(target("\"host\":\"a b\",\"users\":[\"a\"]"), "host"),
                Arguments.of(target("\"host\":\"" + "a".repeat(254) + "\",\"users\":[\"a\"]"), "host"),
                Arguments.of(target("\"host\":\"fd00::1%eth0\",\"users\":[\"a\"]"), "host"),
                Arguments.of(target("\"host\":\"a:b\",\"users\":[\"a\"]"), "host"),
                Arguments.of(target("\"host\":\"h\",\"port\":0,\"users\":[\"a\"]"), "port"),
                Arguments.of(target("\"host\":\"h\",\"port\":65536,\"users\":[\"a\"]"), "port"),
                Arguments.of(target("\"host\":\"h\""), "users"),
                Arguments.of(target("\"host\":\"h\",\"users\":[]"), "users"),
                Arguments.of(target("\"host\":\"h\",\"users\":[\"-l\"]"), "users"),
                Arguments.of(target("\"host\":\"h\",\"users\":[null]"), "users"),
                Arguments.of(target("\"host\":\"h\",\"users\":[\"a\\nb\"]"), "users"),
                Arguments.of(
                        target("\"host\":\"h\",\"users\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]"),
                        "users"),
                Arguments.of("{\"targets\":[" + TARGET + "]}", "script"),
                Arguments.of(with("\"script\":\"\""), "script"),
                Arguments.of(with("\"script\":\"a\\u0000b\""), "NUL"),
                Arguments.of(with("\"script\":\"" + "x".repeat(ScriptRequest.MAX_SCRIPT_BYTES + 1) + "\""), "script"),
                Arguments.of(
                        with("\"script\":\"" + "ü".repeat(ScriptRequest.MAX_SCRIPT_BYTES / 2 + 1) + "\""), "script"),
                Arguments.of(with("\"script\":{}"), "script"),
                Arguments.of(with("\"script\":\"x\",\"prepare\":\"a\\u0000b\""), "prepare: has a NUL"),
                Arguments.of(
                        with("\"script\":\"x\",\"prepare\":\"" + "x".repeat(ScriptRequest.MAX_SCRIPT_BYTES + 1) + "\""),
                        "prepare"),
                Arguments.of(
                        with("\"script\":\"x\",\"stdin\":\"" + "x".repeat(ScriptRequest.MAX_STDIN_BYTES + 1) + "\""),
                        "stdin"),
                Arguments.of(env("\"\":\"\""), "variable"),
                Arguments.of(env("\"A=B\":\"\""), "variable"),
                Arguments.of(env("\"1A\":\"\""), "variable"),
                Arguments.of(env("\"A;id\":\"\""), "variable"),
                Arguments.of(env("\"A\\nB\":\"\""), "variable"),
                Arguments.of(env("\"UID\":\"0\""), "UID"),
                Arguments.of(env("\"A\":null"), "no value"),
                Arguments.of(env("\"A\":\"\\u0000\""), "NUL"),
                Arguments.of(env("\"A\":\"" + "x".repeat(ScriptRequest.MAX_ENV_BYTES) + "\""), "env"),
                Arguments.of(env(manyNames), "env"),
                Arguments.of(with("\"script\":\"x\",\"timeout_seconds\":0"), "timeout_seconds"),
                Arguments.of(with("\"script\":\"x\",\"timeout_seconds\":-1"), "timeout_seconds"),
                Arguments.of(with("\"script\":\"x\",\"timeout_seconds\":86401"), "timeout_seconds"),
                Arguments.of(with("\"script\":\"x\",\"timeout_seconds\":\"soon\""), "timeout_seconds"),
                Arguments.of(with("\"script\":\"x\",\"output_limit\":0"), "output_limit"));
    }

    private static String target(String fields) {
        return "{\"targets\":[{" + fields + "}],\"script\":\"x\"}";
    }

    private static String with(String fields) {
        return "{\"targets\":[" + TARGET + "]," + fields + "}";
    }

    private static String env(String fields) {
        return with("\"script\":\"x\",\"env\":{" + fields + "}");
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void shouldRefuseWhatIsOutOfBoundsAndSayWhat(String payload, String named) {
        ApiException refused = assertThrows(ApiException.class, () -> read(payload));
        assertEquals("bad_request", refused.type());
        assertTrue(refused.message().contains(named), refused.message());
        assertTrue(refused.message().length() < 1000, "the payload is not repeated");
    }

    @ParameterizedTest
    @ValueSource(strings = {"h", "host-1.example.org.", "10.0.0.1", "::1", "fd00::7", "under_score"})
    void shouldTakeEveryKindOfHost(String host) {
        assertEquals(host, ScriptRequest.Target.of(host, "a.b-c_d@e").host());
    }

    @Test
    void shouldPrintNothingOfWhatIsAStrangers() {
        String text = ScriptRequest.of(List.of(ScriptRequest.Target.of("h", "u")), "secret-1")
                .withEnv(Map.of("A", "secret-2"))
                .withStdin("secret-3")
                .toString();
        assertFalse(text.contains("secret"), text);
        var place = new ScriptResult.Place("h", "u");
        assertFalse(new ScriptResult(place, 0, null, "secret", "secret", null, null, 1)
                .toString()
                .contains("secret"));
    }

    @Test
    void shouldWriteAResultAsTheContractSays() {
        var place = new ScriptResult.Place("h", "root");
        assertEquals(
                "{\"target\":{\"host\":\"h\",\"user\":\"root\"},\"exit_code\":0,\"stdout\":\"o\",\"stderr\":\"e\","
                        + "\"duration_ms\":5}",
                Payload.of(new ScriptResult(place, 0, null, "o", "e", false, false, 5)));
        assertEquals(
                "{\"target\":{\"host\":\"h\",\"user\":\"root\"},\"exit_code\":137,\"signal\":\"KILL\",\"stdout\":\"o\","
                        + "\"stderr\":\"e\",\"stdout_truncated\":true,\"stderr_truncated\":true,\"duration_ms\":5}",
                Payload.of(new ScriptResult(place, 137, "KILL", "o", "e", true, true, 5)));
    }
}
