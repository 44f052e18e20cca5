package com.busdk.workers.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaticContainersTest {
    private final Vertx vertx = Vertx.vertx();
    private final StaticContainers containers = new StaticContainers(vertx, ContainerRunOptions.DEFAULT);

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    private static RunRequest request(Duration timeout, String... command) {
        return new RunRequest("run_1", "acc-1", "example/image:1", List.of(command), timeout);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '`',
            value = {
                "printf OK # 0 # OK # ",
                "printf '%s-%s\\n' a b # 0 # a-b\\n # ",
                "printf '%s\\n' a b # 0 # a\\nb\\n # ",
                "printf 100%% # 0 # 100% # ",
                "echo a  b # 0 # a b\\n # ",
                "echo -n a\\ b # 0 # a b # ",
                "echo 'a;b' \";\" # 0 # a;b ;\\n # ",
                "echo out; echo err >&2; exit 7; echo never # 7 # out\\n # err\\n",
                "false && echo no # 1 # # ",
                "false || echo yes # 0 # yes\\n # ",
                "true && echo yes # 0 # yes\\n # ",
                "uname -a # 127 # # static runner: uname: not found\\n"
            })
    void shouldGiveTheSameAsAShell(String script, int exitCode, String stdout, String stderr) throws Exception {
        RunResult result = await(containers.run(request(Duration.ofSeconds(1), "sh", "-c", script)));

        assertEquals(text(stdout), result.stdout());
        assertEquals(text(stderr), result.stderr());
        assertEquals(exitCode, result.exitCode());
        assertEquals(1, result.durationMs());
    }

    private static String text(String cell) {
        return cell == null ? "" : cell.replace("\\n", "\n");
    }

    @Test
    void shouldGiveTheResultOfTheContract() throws Exception {
        RunResult result = await(containers.run(request(Duration.ofSeconds(1), "printf", "OK")));

        assertEquals(
                "{\"run_id\":\"run_1\",\"owner_identity_id\":\"acc-1\",\"runner_name\":\"static\","
                    + "\"image\":\"example/image:1\",\"args\":[\"printf\",\"OK\"],\"exit_code\":0,\"stdout\":\"OK\","
                    + "\"stderr\":\"\",\"duration_ms\":1,\"runtime\":\"static\"}",
                result.toJson().toString());
    }

    @Test
    void shouldHaveTheNameThatItIsGiven() throws Exception {
        var named = new StaticContainers(vertx, ContainerRunOptions.DEFAULT, "r1");

        assertEquals(
                "r1", await(named.run(request(Duration.ofSeconds(1), "true"))).runnerName());
        assertEquals("r1", await(named.status()).get("id").textValue());
    }

    @Test
    void shouldEndASleepThatIsCancelled() throws Exception {
        Future<RunResult> run = containers.run(request(Duration.ofDays(1), "sleep", "3600"));

        await(containers.cancel("run_1"));

        EndedRun end = ended(run);
        assertEquals("cancelled", end.error().type());
        assertTrue(end.ran().compareTo(Duration.ofMinutes(5)) < 0, "not as long as it would have slept");
    }

    @Test
    void shouldEndASleepAtItsTimeout() {
        EndedRun end = ended(containers.run(request(Duration.ofMillis(5), "sleep", "60")));
        assertEquals("timeout", end.error().type());
        assertEquals(Duration.ofMillis(5), end.ran());
    }

    private static EndedRun ended(Future<RunResult> run) {
        ExecutionException e = assertThrows(ExecutionException.class, () -> await(run));
        return (EndedRun) e.getCause();
    }

    @Test
    void shouldBoundTheOutput() throws Exception {
        var small = ContainerRunOptions.read(Map.of("output-limit", "4"), Map.of());

        RunResult result =
                await(new StaticContainers(vertx, small).run(request(Duration.ofSeconds(1), "printf", "abcä")));

        assertEquals("abc", result.stdout(), "half a character is left out");
        assertTrue(result.stdoutTruncated());
        assertTrue(result.toJson().get("stdout_truncated").booleanValue());
    }
}
